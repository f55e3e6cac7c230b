import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextTar } from '../fixtures/build-context.ts';
import { Dockerd } from '../fixtures/dockerd.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { ask, imageFacts, type ImageFacts } from '../fixtures/image-facts.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { rootFilesystemTar } from '../fixtures/test-image.ts';
import type { BuildCase } from './build-corpus/build-case.ts';
import { CORPUS } from './build-corpus/index.ts';

interface Outcome {
  readonly id: string;
  readonly error: string;
  readonly facts: ImageFacts | null;
}

/** Builds at a time. */
const PARALLEL = 4;
const ALL = Object.values(CORPUS).flat();
/** Of those dockerd can build, so many are compared unless `BERTH_CORPUS=whole` asks for all: each takes it a second or two. */
const COMPARED = process.env['BERTH_CORPUS'] === 'whole' ? 1 : 4;

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

function contextOf({ dockerfile, context }: BuildCase): Promise<Buffer> {
  return contextTar({ ...(dockerfile === '' ? {} : { Dockerfile: dockerfile }), ...context });
}

/** The flags of docker's command as parameters of the API. */
function queryOf(flags: readonly string[]): string {
  const query = new URLSearchParams();
  const maps: Record<string, Record<string, string>> = { buildargs: {}, labels: {} };
  for (let at = 0; at < flags.length; at += 2) {
    const value = flags[at + 1] ?? '';
    const key = value.slice(0, value.indexOf('='));
    const text = value.slice(value.indexOf('=') + 1);
    if (flags[at] === '--build-arg') (maps['buildargs'] ?? {})[key] = text;
    else if (flags[at] === '--label') (maps['labels'] ?? {})[key] = text;
    else if (flags[at] === '--target') query.set('target', value);
    else if (flags[at] === '-f') query.set('dockerfile', value);
    else if (flags[at] === '--add-host') query.append('extrahosts', value);
    else if (flags[at] === '--network') query.set('networkmode', value);
    else throw new Error(`the corpus has no use for ${String(flags[at])}`);
  }
  for (const [name, map] of Object.entries(maps)) query.set(name, JSON.stringify(map));
  return query.toString();
}

async function buildWithBerth(socket: string, one: BuildCase): Promise<Outcome> {
  const answer = await ask(socket, 'POST', `/v1.41/build?${queryOf(one.flags ?? [])}`, await contextOf(one));
  const text = answer.body.toString();
  const messages = text
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { aux?: { ID: string }; error?: string; message?: string });
  const error = messages.map((message) => message.error ?? message.message ?? '').join('');
  const id = messages.find(({ aux }) => aux !== undefined)?.aux?.ID ?? '';
  try {
    return { id, error, facts: error === '' ? await imageFacts(socket, id) : null };
  } catch (problem) {
    return { id, error: `the image cannot be read: ${String(problem)}`, facts: null };
  }
}

/** With the client of the same release, which brings BuildKit. */
async function buildWithDockerd(dockerd: Dockerd, one: BuildCase, name: string): Promise<Outcome> {
  // It has no bridge, so as not to get into another's way.
  const network = one.flags?.includes('--network') === true ? [] : ['--network', 'host'];
  const args = ['build', '-q', '-t', name, ...network, ...(one.flags ?? []), '-'];
  const child = spawn('/usr/bin/docker', args, { env: dockerd.environment, stdio: ['pipe', 'ignore', 'pipe'] });
  let error = '';
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  child.stdin.end(await contextOf(one));
  const [code] = (await once(child, 'close')) as [number];
  return { id: '', error: code === 0 ? '' : error, facts: code === 0 ? await imageFacts(dockerd.socket, name) : null };
}

describe.each(ENGINE_MODES)('the corpus of Dockerfiles as %s', (mode) => {
  const engine = new EngineProcess(mode);
  const outcomes = new Map<BuildCase, Outcome>();
  let before: Traces;

  beforeAll(async () => {
    await engine.start();
    engine.dockerOk(['import', '--change', 'ENV PATH=/bin', '--change', 'CMD ["sh"]', '-', 'base'], {
      input: await rootFilesystemTar(),
    });
    engine.dockerOk(['run', '--rm', 'base', 'true']);
    before = traces(engine);
    await inParallel(ALL, async (one) => {
      outcomes.set(one, await buildWithBerth(engine.socket, one));
    });
  }, 300_000);

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    expect(left).toEqual({});
  });

  it('has at least 150 of them, each with a name of its own', () => {
    expect(ALL.length).toBeGreaterThan(150);
    for (const cases of Object.values(CORPUS)) expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  for (const [group, cases] of Object.entries(CORPUS)) {
    it.each(cases)(`${group}: $name`, (one) => {
      const outcome = outcomes.get(one);
      if (one.fails !== undefined) {
        expect(outcome?.error).toContain(one.fails);
        return;
      }
      expect(outcome?.error).toBe('');
      for (const [path, wanted] of Object.entries(one.has ?? {})) {
        const file = outcome?.facts?.files.get(path);
        const isLine = wanted !== null && /^(?:directory|file|fifo) \d+ \d+ \d+$|^symlink /.test(wanted);
        expect(isLine ? file?.line : (file?.content ?? null), path).toBe(wanted);
      }
      for (const [name, wanted] of Object.entries(one.config ?? {}))
        expect(outcome?.facts?.config[name] ?? null, name).toEqual(wanted);
    });
  }

  it('makes the same image again without running anything', async () => {
    // Nothing has a time in an image without layers: it is of now.
    const good = ALL.filter((one) => outcomes.get(one)?.error === '' && one.name !== 'nothing but scratch');
    await inParallel(good, async (one) => {
      const answer = await ask(
        engine.socket,
        'POST',
        `/v1.41/build?q=1&${queryOf(one.flags ?? [])}`,
        await contextOf(one),
      );
      expect(answer.body.toString(), one.name).toContain(outcomes.get(one)?.id);
    });
  }, 120_000);

  it.skipIf(mode !== 'root')(
    `is what the BuildKit of dockerd makes of it${mode === 'root' ? '' : ' (skipped: compared once, as root)'}`,
    async (test) => {
      const dockerd = new Dockerd();
      const why = await dockerd.start();
      if (why !== null) {
        process.stderr.write(`not compared with dockerd: ${why}\n`);
        test.skip(why);
      }
      try {
        const imported = dockerd.docker(
          ['import', '--change', 'ENV PATH=/bin', '--change', 'CMD ["sh"]', '-', 'base'],
          await rootFilesystemTar(),
        );
        expect(imported.status).toBe(0);
        const differences: Record<string, unknown> = {};
        let count = 0;
        await inParallel(
          ALL.filter(({ alone }) => alone === undefined).filter((_, index) => index % COMPARED === 0),
          async (one) => {
            count += 1;
            const theirs = await buildWithDockerd(dockerd, one, `corpus-${count}`);
            const difference = compare(outcomes.get(one), theirs);
            if (difference !== null) differences[one.name] = difference;
          },
        );
        expect(differences).toEqual({});
        process.stderr.write(`${count} Dockerfiles compared with dockerd\n`);
      } finally {
        await dockerd.stop();
      }
    },
    400_000,
  );
});

function compare(ours: Outcome | undefined, theirs: Outcome): unknown {
  if (ours === undefined) return 'not built';
  if ((ours.error === '') !== (theirs.error === '')) return { ours: ours.error, theirs: theirs.error.slice(-600) };
  if (ours.facts === null || theirs.facts === null) return null;
  const lines = ({ files }: ImageFacts): string[] =>
    [...files].map(([path, { line, content }]) => `${path} ${line} ${content}`).sort();
  const [a, b] = [lines(ours.facts), lines(theirs.facts)];
  const files = { ours: a.filter((line) => !b.includes(line)), theirs: b.filter((line) => !a.includes(line)) };
  const isSame = files.ours.length + files.theirs.length === 0;
  const [own, other] = [ours.facts.config, theirs.facts.config];
  const isConfigSame = JSON.stringify(sorted(own)) === JSON.stringify(sorted(other));
  if (isSame && isConfigSame) return null;
  return { ...(isSame ? {} : { files }), ...(isConfigSame ? {} : { config: { ours: own, theirs: other } }) };
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}
