import { fullPlatform, type Platform } from '../../images/platform.ts';
import type { GitSource } from '../plan/git-source.ts';

/** What a build fetched besides images, and how its content can be known again. */
export interface FetchedSource {
  readonly uri: string;
  /** By algorithm. */
  readonly digest: Readonly<Record<string, string>>;
}

const SHA256_LENGTH = 64;

/** A repository at a commit. */
export function fetchedRepository(
  { repository, reference, directory }: Pick<GitSource, 'repository' | 'reference' | 'directory'>,
  commit: string,
): FetchedSource {
  const place = directory === '' ? '' : `:${directory}`;
  const fragment = reference === '' && place === '' ? '' : `#${reference}${place}`;
  return { uri: `${repository}${fragment}`, digest: { [commit.length === SHA256_LENGTH ? 'sha256' : 'sha1']: commit } };
}

/** An image of an OCI layout (package-url): `pkg:oci/NAME@DIGEST?platform=...`. */
export function fetchedLayout(name: string, platform: Platform, address: string): FetchedSource {
  const digest = address.slice(address.lastIndexOf('@') + 1);
  const where = encodeURIComponent(fullPlatform(platform));
  const uri = `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(digest)}?platform=${where}`;
  return { uri, digest: { sha256: digest.replace('sha256:', '') } };
}
