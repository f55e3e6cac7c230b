import { hexOf } from '../../store/digest.ts';
import { formatPlatform, hostPlatform, type Platform } from '../../images/platform.ts';
import { familiarRepository, parseReference, withDefaultTag } from '../../images/reference.ts';
import type { Material } from '../base-images.ts';
import type { BuildOptions } from '../plan/options.ts';
import { timeText } from '../plan/options.ts';

/** What is said of an image, without the image (in-toto: a statement without its subject). */
export interface Predicate {
  readonly predicateType: string;
  readonly predicate: object;
}

/** What a build did. Times in ms since the epoch. */
export interface BuildFacts {
  readonly options: BuildOptions;
  readonly materials: readonly Material[];
  /** The text of the Dockerfile, and its name. */
  readonly dockerfile: { readonly name: string; readonly text: string };
  readonly begun: number;
  readonly ended: number;
}

const BUILD_TYPE = 'https://mobyproject.org/buildkit@v1';

/** How an image came to be: SLSA provenance v0.2 with BuildKit's build type. */
export function provenance(facts: BuildFacts, mode: 'min' | 'max'): Predicate {
  const { options, materials, dockerfile, begun, ended } = facts;
  const all = mode === 'max';
  const args: Record<string, string> = {
    ...(options.target === '' ? {} : { target: options.target }),
    ...(options.noCache ? { 'no-cache': '' } : {}),
    ...(all ? Object.fromEntries([...options.buildArgs].map(([key, value]) => [`build-arg:${key}`, value])) : {}),
    ...(all ? Object.fromEntries(Object.entries(options.labels).map(([key, value]) => [`label:${key}`, value])) : {}),
  };
  const source = {
    locations: {},
    infos: [
      { filename: dockerfile.name, language: 'Dockerfile', data: Buffer.from(dockerfile.text).toString('base64') },
    ],
  };
  return {
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: {
      builder: { id: '' },
      buildType: BUILD_TYPE,
      materials: materials.map((material) => ({
        uri: packageUrl(material.name, material.platform),
        digest: { sha256: hexOf(material.image.manifestDigest) },
      })),
      invocation: {
        configSource: { entryPoint: dockerfile.name },
        parameters: {
          frontend: 'dockerfile.v0',
          ...(Object.keys(args).length === 0 ? {} : { args }),
          locals: [{ name: 'context' }, { name: 'dockerfile' }],
        },
        environment: { platform: formatPlatform(hostPlatform()) },
      },
      metadata: {
        buildStartedOn: timeText(begun),
        buildFinishedOn: timeText(ended),
        completeness: { parameters: all, environment: true, materials: false },
        reproducible: false,
        [`${BUILD_TYPE}#metadata`]: all ? { source } : {},
      },
    },
  };
}

/** `pkg:docker/NAME@TAG?platform=...` (package-url). */
export function packageUrl(name: string, platform: Platform): string {
  const reference = withDefaultTag(parseReference(name));
  const version = reference.tag ?? 'latest';
  const where = encodeURIComponent(formatPlatform(platform));
  const path = familiarRepository(reference).split('/').map(encodeURIComponent).join('/');
  return `pkg:docker/${path}@${encodeURIComponent(version)}?platform=${where}`;
}
