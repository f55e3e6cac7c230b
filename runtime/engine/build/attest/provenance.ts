import { hexOf } from '../../store/digest.ts';
import { formatPlatform, hostPlatform, type Platform } from '../../images/platform.ts';
import { familiarRepository, parseReference, withDefaultTag } from '../../images/reference.ts';
import type { Material } from '../base-images.ts';
import type { FetchedSource } from './fetched-source.ts';
import type { BuildOptions, ProvenanceOptions } from '../plan/options.ts';

/** What is said of an image, without the image (in-toto: a statement without its subject). */
export interface Predicate {
  readonly predicateType: string;
  readonly predicate: object;
}

/** Something of the client that a command could see, by its name there. */
export interface Loan {
  readonly id: string;
  readonly optional?: true;
}

/** What a build did. Times in ms since the epoch. */
export interface BuildFacts {
  readonly options: BuildOptions;
  readonly materials: readonly Material[];
  /** What was fetched besides. */
  readonly sources: readonly FetchedSource[];
  /** The repository that its context is; null for files of the client. */
  readonly origin: FetchedSource | null;
  /** Whether its commands may have had the network. */
  readonly usesNetwork: boolean;
  /** What its commands were lent. */
  readonly lent: { readonly secrets: readonly Loan[]; readonly ssh: readonly Loan[] };
  /** The text of the Dockerfile, and its name. */
  readonly dockerfile: { readonly name: string; readonly text: string };
  /** Of this build, unlike any other. */
  readonly id: string;
  readonly begun: number;
  readonly ended: number;
}

/** BuildKit's, in SLSA's provenance v0.2 and v1. */
const BUILD_TYPE_02 = 'https://mobyproject.org/buildkit@v1';
const BUILD_TYPE_1 = 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md';

/** How an image came to be, as BuildKit tells it; but for steps as LLB, which a build has none of here. */
export function provenance(facts: BuildFacts, wanted: ProvenanceOptions): Predicate {
  return wanted.version === 'v1' ? provenance1(facts, wanted) : provenance02(facts, wanted);
}

function provenance02(facts: BuildFacts, wanted: ProvenanceOptions): Predicate {
  const { dockerfile, id, begun, ended } = facts;
  const { parameters, isComplete, details } = told(facts, wanted);
  const { materials, hasAll, isHermetic, source } = materialsOf(facts);
  return {
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: {
      builder: { id: wanted.builder },
      buildType: BUILD_TYPE_02,
      materials,
      invocation: {
        configSource: { ...source, entryPoint: dockerfile.name },
        parameters,
        environment: { platform: formatPlatform(hostPlatform()) },
      },
      metadata: {
        buildInvocationID: id,
        buildStartedOn: new Date(begun).toISOString(),
        buildFinishedOn: new Date(ended).toISOString(),
        completeness: { parameters: isComplete, environment: true, materials: hasAll },
        reproducible: wanted.reproducible,
        ...(isHermetic ? { [`${BUILD_TYPE_02}#hermetic`]: true } : {}),
        [`${BUILD_TYPE_02}#metadata`]: details,
      },
    },
  };
}

function provenance1(facts: BuildFacts, wanted: ProvenanceOptions): Predicate {
  const { dockerfile, id, begun, ended } = facts;
  const { parameters, isComplete, details } = told(facts, wanted);
  const { materials, hasAll, isHermetic, source } = materialsOf(facts);
  return {
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE_1,
        externalParameters: { configSource: { ...source, path: dockerfile.name }, request: parameters },
        internalParameters: { builderPlatform: formatPlatform(hostPlatform()) },
        resolvedDependencies: materials,
      },
      runDetails: {
        builder: { id: wanted.builder },
        metadata: {
          invocationID: id,
          startedOn: new Date(begun).toISOString(),
          finishedOn: new Date(ended).toISOString(),
          buildkit_metadata: details,
          buildkit_completeness: { request: isComplete, resolvedDependencies: hasAll },
          ...(isHermetic ? { buildkit_hermetic: true } : {}),
          ...(wanted.reproducible ? { buildkit_reproducible: true } : {}),
        },
      },
    },
  };
}

/** What went into a build, and whether nothing else can have. */
function materialsOf({ options, materials, sources, origin, usesNetwork }: BuildFacts): {
  readonly materials: readonly object[];
  readonly hasAll: boolean;
  readonly isHermetic: boolean;
  readonly source: object;
} {
  const shown = sources.map(({ uri, digest }) => ({ uri: withoutPassword(uri), digest }));
  const each = new Map([...materials.map(descriptorOf), ...shown].map((one) => [JSON.stringify(one), one]));
  const hasAll = origin !== null && ![...options.namedContexts.values()].some((what) => what.startsWith('local:'));
  const source = origin === null ? {} : { uri: withoutPassword(origin.uri), digest: origin.digest };
  return { materials: [...each.values()], hasAll, isHermetic: hasAll && !usesNetwork, source };
}

/** What both versions tell of the request. */
function told(
  { options, dockerfile, origin, lent }: BuildFacts,
  { mode }: ProvenanceOptions,
): { parameters: object; isComplete: boolean; details: object } {
  const all = mode === 'max';
  const own = [
    ...[...options.buildArgs].map(([key, value]) => [`build-arg:${key}`, value] as const),
    ...Object.entries(options.labels).map(([key, value]) => [`label:${key}`, value] as const),
  ];
  const args: Record<string, string> = {
    ...(options.target === '' ? {} : { target: options.target }),
    ...(options.noCache ? { 'no-cache': '' } : {}),
    ...Object.fromEntries([...options.namedContexts].map(([key, value]) => [`context:${key}`, withoutPassword(value)])),
    ...(all ? Object.fromEntries(own) : {}),
  };
  const infos = [
    { filename: dockerfile.name, language: 'Dockerfile', data: Buffer.from(dockerfile.text).toString('base64') },
  ];
  const vcs = Object.fromEntries([...options.versionControl].map(([key, value]) => [key, withoutPassword(value)]));
  return {
    parameters: {
      frontend: 'dockerfile.v0',
      ...(Object.keys(args).length === 0 ? {} : { args }),
      ...(all && lent.secrets.length > 0 ? { secrets: lent.secrets } : {}),
      ...(all && lent.ssh.length > 0 ? { ssh: lent.ssh } : {}),
      ...(origin === null ? { locals: [{ name: 'context' }, { name: 'dockerfile' }] } : {}),
    },
    isComplete: all || own.length + lent.secrets.length + lent.ssh.length === 0,
    details: {
      ...(Object.keys(vcs).length === 0 ? {} : { vcs }),
      ...(all ? { source: { locations: {}, infos } } : {}),
    },
  };
}

/** An address without who may use it: what is attested is for all to read. */
function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return text;
  const { username, password } = new URL(text);
  if (username === '' && password === '') return text;
  return text.replace(/\/\/[^/@]*@/, password === '' ? '//xxxxx@' : '//xxxxx:xxxxx@');
}

function descriptorOf({ name, platform, image }: Material): object {
  return { uri: packageUrl(name, platform), digest: { sha256: hexOf(image.manifestDigest) } };
}

/** `pkg:docker/NAME@TAG?platform=...` (package-url). */
export function packageUrl(name: string, platform: Platform): string {
  const reference = withDefaultTag(parseReference(name));
  const version = reference.tag ?? 'latest';
  const where = encodeURIComponent(formatPlatform(platform));
  const path = familiarRepository(reference).split('/').map(encodeURIComponent).join('/');
  return `pkg:docker/${path}@${encodeURIComponent(version)}?platform=${where}`;
}
