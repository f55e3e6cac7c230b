import { expect, test } from 'vitest';
import type { ImageRecord } from '../../images/catalog.ts';
import { frontendOptions, WITHOUT_SESSION } from '../buildkit/frontend-options.ts';
import { fetchedRepository } from './fetched-source.ts';
import { provenance, type BuildFacts, type Predicate } from './provenance.ts';

/** What is told of a build that was asked for with `attest:provenance=asked`. */
function predicate(
  asked: string,
  further: Readonly<Record<string, string>> = {},
  found: Partial<BuildFacts> = {},
): Predicate | null {
  const attributes = new Map(Object.entries({ 'attest:provenance': asked, ...further }));
  const options = frontendOptions(attributes, '', [], WITHOUT_SESSION);
  const image = { manifestDigest: `sha256:${'a'.repeat(64)}` } as unknown as ImageRecord;
  const materials = [{ name: 'busybox', platform: { os: 'linux', architecture: 'amd64', variant: '' }, image }];
  const dockerfile = { name: 'Dockerfile', text: 'FROM busybox\n' };
  const wanted = options.attestations.provenance;
  return wanted === null
    ? null
    : provenance(
        {
          ...{
            options,
            materials,
            sources: [],
            origin: null,
            usesNetwork: true,
            lent: { secrets: [], ssh: [] },
            dockerfile,
          },
          ...{ id: 'build-1', begun: 0, ended: 1000, ...found },
        },
        wanted,
      );
}

const REQUEST = {
  'build-arg:A': '1',
  'label:l': 'x',
  'context:c': 'https://user:secret@example.org/c.git',
  'vcs:source': 'https://token@example.org/r.git',
  'vcs:revision': '123',
};
const MATERIALS = [{ uri: 'pkg:docker/busybox@latest?platform=linux%2Famd64', digest: { sha256: 'a'.repeat(64) } }];

test('everything is told in version 0.2, where nothing else is asked for', () => {
  expect(predicate('', REQUEST)).toMatchObject({
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: {
      builder: { id: '' },
      materials: MATERIALS,
      invocation: {
        configSource: { entryPoint: 'Dockerfile' },
        parameters: {
          args: { 'build-arg:A': '1', 'label:l': 'x', 'context:c': 'https://xxxxx:xxxxx@example.org/c.git' },
        },
      },
      metadata: {
        buildInvocationID: 'build-1',
        completeness: { parameters: true, environment: true, materials: false },
        reproducible: false,
        'https://mobyproject.org/buildkit@v1#metadata': {
          vcs: { source: 'https://xxxxx@example.org/r.git', revision: '123' },
          source: { infos: [{ filename: 'Dockerfile' }] },
        },
      },
    },
  });
});

test('the least that is told has no variables, labels and lines, and says so', () => {
  const text = JSON.stringify(predicate('mode=min', REQUEST));
  expect(text).not.toMatch(/build-arg|label:|infos/);
  expect(text).toContain('"parameters":false');
  expect(JSON.stringify(predicate('mode=min'))).toContain('"parameters":true');
});

test('version 1 tells the same in other places', () => {
  expect(predicate('version=v1,mode=max,builder-id=https://example.org/b,reproducible=true', REQUEST)).toMatchObject({
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        externalParameters: {
          configSource: { path: 'Dockerfile' },
          request: { frontend: 'dockerfile.v0', args: { 'build-arg:A': '1' } },
        },
        resolvedDependencies: MATERIALS,
      },
      runDetails: {
        builder: { id: 'https://example.org/b' },
        metadata: {
          invocationID: 'build-1',
          startedOn: '1970-01-01T00:00:00.000Z',
          finishedOn: '1970-01-01T00:00:01.000Z',
          buildkit_metadata: { vcs: { revision: '123' } },
          buildkit_completeness: { request: true, resolvedDependencies: false },
          buildkit_reproducible: true,
        },
      },
    },
  });
});

test('what is asked for wrongly is refused, and what clients ask for by themselves is nothing', () => {
  expect(() => predicate('mode=some')).toThrow('invalid mode "some"');
  expect(() => predicate('version=v2')).toThrow('invalid provenance SLSA version: v2');
  expect(() => predicate('reproducible=maybe')).toThrow('failed to parse reproducible flag "maybe"');
  expect(predicate('mode=min,inline-only=true')).toBeNull();
  expect(predicate('disabled=true')).toBeNull();
});

test('a repository that is the context is told with its commit, and what ADD fetched', () => {
  const repository = 'https://user:pass@example.org/a.git';
  const origin = fetchedRepository({ repository, reference: 'v1', directory: '' }, 'c'.repeat(40));
  const added = { uri: 'https://example.org/file', digest: { sha256: 'b'.repeat(64) } };
  const found = { origin, sources: [origin, added, added], usesNetwork: false };
  const shown = { uri: 'https://xxxxx:xxxxx@example.org/a.git#v1', digest: { sha1: 'c'.repeat(40) } };
  const told = predicate('', {}, found);
  expect(told).toMatchObject({
    predicate: {
      materials: [...MATERIALS, shown, added],
      invocation: { configSource: { ...shown, entryPoint: 'Dockerfile' } },
      metadata: { completeness: { materials: true }, 'https://mobyproject.org/buildkit@v1#hermetic': true },
    },
  });
  expect(JSON.stringify(told)).not.toContain('locals');
  expect(predicate('version=v1', {}, { ...found, usesNetwork: true })).toMatchObject({
    predicate: {
      buildDefinition: { externalParameters: { configSource: { ...shown, path: 'Dockerfile' } } },
      runDetails: { metadata: { buildkit_completeness: { resolvedDependencies: true } } },
    },
  });
  expect(JSON.stringify(predicate('', { 'context:c': 'local:c' }, found))).toContain('"materials":false');
});

test('what commands were lent is told by its name, where everything is', () => {
  const lent = { secrets: [{ id: 'key', optional: true as const }], ssh: [{ id: 'default' }] };
  const parameters = { secrets: [{ id: 'key', optional: true }], ssh: [{ id: 'default' }] };
  expect(predicate('', {}, { lent })).toMatchObject({ predicate: { invocation: { parameters } } });
  const least = JSON.stringify(predicate('mode=min', {}, { lent }));
  expect(least).not.toContain('key');
  expect(least).toContain('"parameters":false');
});
