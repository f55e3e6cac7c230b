import { hexOf, type Digest } from '../../store/digest.ts';
import type { Predicate } from './provenance.ts';

/** What a statement is about. */
export interface Subject {
  readonly name: string;
  readonly digest: Digest;
}

/** An in-toto statement (v0.1): a predicate, and what it is about. */
export function statement({ predicateType, predicate }: Predicate, subject: readonly Subject[]): object {
  return {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType,
    subject: subject.map(({ name, digest }) => ({ name, digest: { sha256: hexOf(digest) } })),
    predicate,
  };
}

/** The file that BuildKit writes a statement to: `sbom.spdx.json`, `provenance.json`, with the platform when there are several. */
export function statementFile({ predicateType }: Predicate, prefix: string, platform: string): string {
  const [name, extension] = predicateType.includes('spdx') ? ['sbom.spdx', '.json'] : ['provenance', '.json'];
  return `${prefix}${name}${platform === '' ? '' : `.${platform.replaceAll('/', '_')}`}${extension}`;
}
