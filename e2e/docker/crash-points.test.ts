import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack } from 'tar-stream';
import { ENGINE_CRASH_POINTS, type LAUNCHER_CRASH_POINTS } from '../../runtime/engine/system/crash-points.ts';
import { contextTar } from '../fixtures/build-context.ts';
import { CrashingEngine } from '../fixtures/crash-points.ts';
import { ENGINE_MODES } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { loadTestImage, rootFilesystemTar, TEST_IMAGE } from '../fixtures/test-image.ts';

type Point = (typeof ENGINE_CRASH_POINTS)[number] | (typeof LAUNCHER_CRASH_POINTS)[number];

/** What has to be done for a process to come by a point. */
const OPERATION_OF: Readonly<Record<Point, Operation>> = {
  'blob-written': 'import',
  'blob-renamed': 'import',
  'blob-published': 'import',
  'layer-drafted': 'import',
  'layer-adopted': 'build',
  'layer-filled': 'import',
  'layer-renamed': 'import',
  'layer-recorded': 'import',
  'image-recording': 'import',
  'image-recorded': 'import',
  'layer-opened': 'import',
  'layer-applied': 'import',
  'commit-layer-stored': 'commit',
  'image-untagged': 'untag',
  'image-deleted': 'delete image',
  'images-marked': 'delete image',
  'trash-moved': 'delete image',
  'volume-begun': 'create',
  'volume-made': 'create',
  'volume-recorded': 'create',
  'create-mounts': 'create',
  'create-directories': 'create',
  'create-copied-up': 'create',
  'create-attached': 'create',
  'endpoints-replacing': 'create',
  'create-recorded': 'create',
  'create-volumes-kept': 'create',
  'start-attached': 'start',
  'start-noted': 'start',
  'start-launched': 'start',
  'start-gone': 'start',
  'start-recorded': 'start',
  'zygote-accepted': 'start',
  'worker-asked': 'start',
  'monitor-born': 'start',
  'monitor-reserved': 'start',
  'monitor-ports': 'start',
  'monitor-listening': 'start',
  'monitor-networked': 'start',
  'monitor-cgroups': 'start',
  'monitor-cloned': 'start',
  'monitor-spawned': 'start',
  'monitor-released': 'start',
  'monitor-started': 'start',
  'child-born': 'start',
  'child-in-cgroups': 'start',
  'child-rootfs': 'start',
  'child-pivoted': 'start',
  'log-rotating': 'rotate',
  'log-renamed': 'rotate',
  'log-begun': 'rotate',
  'exec-listening': 'exec',
  'exec-spawned': 'exec',
  'exit-known': 'end',
  'exit-recorded': 'end',
  'exit-seen': 'end',
  'exit-writing': 'end',
  'exit-written': 'end',
  'exit-unlistened': 'end',
  'exit-uncgrouped': 'end',
  'remove-marked': 'remove',
  'remove-renamed': 'remove',
  'remove-volumes': 'remove',
  'remove-deleted': 'remove',
  'remove-forgotten': 'remove',
  'discard-recording': 'discard',
  'discard-recorded': 'discard',
  'restore-volumes': 'restore',
  'restore-attached': 'restore',
  'restore-recording': 'restore',
  'restore-recorded': 'restore',
  'discarded-deleted': 'delete discarded',
  'discarded-renamed': 'delete discarded',
  'connect-remembered': 'connect',
  'disconnect-forgotten': 'disconnect',
  'volume-trashed': 'remove volume',
  'volume-deleted': 'remove volume',
  'build-attached': 'build',
  'build-started': 'build',
  'build-ran': 'build',
  'build-layered': 'build',
  'build-cached': 'build',
  'network-recorded': 'create network',
  'network-made': 'create network',
  'network-deleted': 'remove network',
  'network-unmade': 'remove network',
};

type Operation =
  | 'import'
  | 'build'
  | 'commit'
  | 'untag'
  | 'delete image'
  | 'create'
  | 'start'
  | 'exec'
  | 'rotate'
  | 'end'
  | 'remove'
  | 'discard'
  | 'restore'
  | 'delete discarded'
  | 'connect'
  | 'disconnect'
  | 'remove volume'
  | 'create network'
  | 'remove network';

/** Those before which a container is there, which is there afterwards, too. */
const WITH_CONTAINER: readonly Operation[] = ['start', 'exec', 'end', 'connect', 'disconnect', 'commit'];

/** Those of a container that is in the trash before, afterwards, or both. */
const OF_TRASH: readonly Operation[] = ['discard', 'restore', 'delete discarded'];

const isOfEngine = (point: Point): boolean => (ENGINE_CRASH_POINTS as readonly string[]).includes(point);

/** Each step of everything that changes something is the last one of a process in turn. */
describe.each(ENGINE_MODES)('a process killed at each step as %s', (mode) => {
  const crashing = new CrashingEngine(mode);
  const { engine } = crashing;
  let before: Traces;
  let standing: unknown;
  let standingLayers: string[] = [];
  let witness = '';
  let turn = 0;

  const status = async (method: string, path: string, body?: unknown): Promise<number> =>
    (await engine.api(method, path, body)).status;

  /** Resolves however it ends: the engine may be killed meanwhile. */
  const attempt = (method: string, path: string, body?: unknown): Promise<number> =>
    status(method, path, body).catch(() => 0);

  /** What stands all the while, as a client sees it. */
  async function standingView(): Promise<unknown> {
    const list = async (path: string): Promise<unknown> => JSON.parse((await engine.api('GET', path)).body) as unknown;
    const containers = (await list('/containers/json?all=1')) as { Id: string; State: string; Image: string }[];
    const images = (await list('/images/json?all=1')) as { Id: string; RepoTags: string[] }[];
    const volumes = (await list('/volumes')) as { Volumes: { Name: string }[] | null };
    const networks = (await list('/networks')) as { Name: string }[];
    return {
      containers: containers.map(({ Id, State, Image }) => `${Id} ${State} ${Image}`).sort(),
      images: images.map(({ Id, RepoTags }) => `${Id} ${RepoTags.join(' ')}`).sort(),
      volumes: (volumes.Volumes ?? []).map(({ Name }) => Name).sort(),
      networks: networks.map(({ Name }) => Name).sort(),
    };
  }

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['import', '--change', 'VOLUME /data', '-', 'test/base'], {
      input: await rootFilesystemTar({ 'data/seed': 'from the image' }),
    });
    for (const kind of ['network', 'volume']) engine.dockerOk([kind, 'create', 'standing']);
    const ended = ['run', '--name', 'ended', '-v', 'standing:/v', TEST_IMAGE, 'sh', '-c', 'echo content >/v/f; exit 3'];
    expect(engine.docker(ended).code).toBe(3);
    witness = engine.dockerOk(['run', '-d', '--name', 'witness', '--network', 'standing', TEST_IMAGE, 'sleep', '900']);
    standing = await standingView();
    standingLayers = layers();
    before = traces(engine);
  });

  afterAll(async () => {
    await crashing.dispose();
  });

  const trashed = async (name: string): Promise<boolean> => {
    const rows = JSON.parse((await engine.api('GET', '/berth/trash')).body) as { Name: string }[];
    return rows.some(({ Name }) => Name === name);
  };
  const layers = (): string[] => readdirSync(`${engine.dataRoot}/layers`).sort();

  /** A container with an anonymous volume that the image fills, a named one, and a network. */
  const create = (name: string): Promise<number> =>
    attempt('POST', `/containers/create?name=${name}`, {
      Image: 'test/base',
      Cmd: ['sleep', '600'],
      HostConfig: { NetworkMode: 'standing', Binds: [`${name}-volume:/named`] },
    });
  /** Rotates its log every few lines. */
  const createLogging = (name: string): Promise<number> =>
    attempt('POST', `/containers/create?name=${name}`, {
      Image: TEST_IMAGE,
      Cmd: ['sh', '-c', 'for i in $(seq 200); do echo line $i; done; sleep 600'],
      HostConfig: { LogConfig: { Type: 'local', Config: { 'max-size': '1k', 'max-file': '3' } } },
    });
  const start = (name: string): Promise<number> => attempt('POST', `/containers/${name}/start`);

  async function smallImage(name: string): Promise<Buffer> {
    const tar = pack();
    tar.entry({ name: 'only' }, `content of ${name}`);
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  // By the API, as most here: a client takes longer to begin than all that is done.
  const importImage = async (name: string): Promise<boolean> => {
    const path = `/images/create?fromSrc=-&repo=${name}&tag=latest`;
    const answer = await engine.api('POST', path, await smallImage(name)).catch(() => null);
    return answer !== null && answer.status === 200 && !answer.body.includes('"error"');
  };

  /** A file of a container, in an archive. */
  const archived = async (container: string, path: string): Promise<string> =>
    (await engine.api('GET', `/containers/${container}/archive?path=${path}`)).body;

  /** What a command in a container says in a few words: one frame, whose header has eight bytes. */
  async function execOutput(container: string, command: readonly string[]): Promise<string> {
    const asked = { Cmd: command, AttachStdout: true, AttachStderr: true };
    const { Id } = (await engine.api('POST', `/containers/${container}/exec`, asked)).json();
    return (await engine.api('POST', `/exec/${String(Id)}/start`, {})).body.slice(8);
  }

  /** One of an image of its own, which lives on for it alone, with something written down in it. */
  async function createPrecious(name: string): Promise<void> {
    await importImage(`${name}-image`);
    const made = await engine.api('POST', `/containers/create?name=${name}`, {
      Image: `${name}-image`,
      Cmd: ['/only'],
      HostConfig: { NetworkMode: 'standing', Binds: [`${name}-volume:/named`] },
      NetworkingConfig: { EndpointsConfig: { standing: { Aliases: [`${name}-alias`] } } },
    });
    expect(made.status).toBe(201);
    expect(await status('PUT', `/containers/${name}/archive?path=/`, await smallImage(name))).toBe(200);
  }

  /** What is there before the operation, acknowledged. */
  async function prepare(operation: Operation, name: string): Promise<void> {
    if (OF_TRASH.includes(operation)) await createPrecious(name);
    if (operation === 'restore' || operation === 'delete discarded') {
      expect(await status('POST', `/berth/trash/${name}`)).toBe(204);
      expect(await status('DELETE', `/images/${name}-image`)).toBe(200);
      expect(await status('DELETE', `/volumes/${name}-volume`)).toBe(204);
    }
    if (operation === 'rotate') expect(await createLogging(name)).toBe(201);
    if (operation === 'remove' || WITH_CONTAINER.includes(operation)) expect(await create(name)).toBe(201);
    if (['exec', 'end', 'connect', 'disconnect'].includes(operation)) expect(await start(name)).toBe(204);
    if (operation === 'disconnect' || operation === 'connect') {
      expect(await status('POST', '/networks/create', { Name: `${name}-network` })).toBe(201);
    }
    if (operation === 'disconnect')
      expect(await status('POST', `/networks/${name}-network/connect`, { Container: name })).toBe(200);
    if (operation === 'untag' || operation === 'delete image') expect(await importImage(name)).toBe(true);
    if (operation === 'untag') expect(await status('POST', `/images/${name}/tag?repo=${name}-2`)).toBe(201);
    if (operation === 'remove volume') expect(await status('POST', '/volumes/create', { Name: name })).toBe(201);
    if (operation === 'remove network') expect(await status('POST', '/networks/create', { Name: name })).toBe(201);
  }

  async function operate(operation: Operation, name: string): Promise<unknown> {
    switch (operation) {
      case 'import':
        return importImage(name);
      case 'build':
        return engine.docker(['build', '-t', name, '-'], {
          input: await contextTar({ Dockerfile: `FROM ${TEST_IMAGE}\nRUN echo ${name} > /made` }),
          environment: { DOCKER_BUILDKIT: '0' },
        }).code;
      case 'commit':
        return attempt('POST', `/commit?container=${name}&repo=${name}`, {});
      case 'untag':
        return attempt('DELETE', `/images/${name}`);
      case 'delete image':
        return attempt('DELETE', `/images/${name}`);
      case 'create':
        return create(name);
      case 'rotate':
      case 'start':
        return start(name);
      case 'exec': {
        const { Id } = (await engine.api('POST', `/containers/${name}/exec`, { Cmd: ['true'] })).json();
        return attempt('POST', `/exec/${String(Id)}/start`, { Detach: true });
      }
      case 'end':
        return attempt('POST', `/containers/${name}/kill`);
      case 'remove':
        return attempt('DELETE', `/containers/${name}?v=1&force=1`);
      case 'discard':
        return attempt('POST', `/berth/trash/${name}`);
      case 'restore':
        return attempt('POST', `/berth/trash/${name}/restore`);
      case 'delete discarded':
        return attempt('DELETE', `/berth/trash/${name}`);
      case 'connect':
        return attempt('POST', `/networks/${name}-network/connect`, { Container: name });
      case 'disconnect':
        return attempt('POST', `/networks/${name}-network/disconnect`, { Container: name });
      case 'remove volume':
        return attempt('DELETE', `/volumes/${name}`);
      case 'create network':
        return attempt('POST', '/networks/create', { Name: name });
      case 'remove network':
        return attempt('DELETE', `/networks/${name}`);
    }
  }

  /** What the operation was about is wholly there or wholly not; then it is taken away. */
  async function settle(operation: Operation, point: Point, name: string): Promise<void> {
    if (operation === 'rotate') {
      // Its monitor took it along; no line before that is torn or out of its order.
      expect((await engine.api('POST', `/containers/${name}/wait`)).json()).toEqual({ StatusCode: 255 });
      const lines = engine.dockerOk(['logs', name]).split('\n');
      const first = Number(/^line (\d+)$/.exec(lines[0] ?? '')?.[1]);
      expect(lines.length).toBeGreaterThan(10);
      expect(lines).toEqual(lines.map((_, index) => `line ${first + index}`));
      expect(await start(name)).toBe(204);
      await expect.poll(() => engine.dockerOk(['logs', '--tail', '1', name])).toBe('line 200');
      expect(await status('DELETE', `/containers/${name}?v=1&force=1`)).toBe(204);
      return;
    }
    if (OF_TRASH.includes(operation)) {
      await settleTrash(operation, name);
      return;
    }
    const inspected = await engine.api('GET', `/containers/${name}/json`);
    if (inspected.status === 200) {
      const { State } = inspected.json() as { State: { Status: string; ExitCode: number } };
      if (operation === 'end' && State.Status === 'exited') {
        // A monitor that was killed before it had written the code down took it along.
        const isLost = point === 'exit-seen' || point === 'exit-writing';
        expect(State.ExitCode).toBe(isLost ? 255 : 137);
      }
      expect(['created', 'running', 'exited']).toContain(State.Status);
      // Without its monitor it ends in a moment.
      if (!isOfEngine(point)) await attempt('POST', `/containers/${name}/stop?t=0`);
      if (!isOfEngine(point) || State.Status !== 'running') expect(await start(name)).toBe(204);
      expect(await execOutput(name, ['cat', '/data/seed'])).toBe('from the image');
      expect(await status('DELETE', `/containers/${name}?v=1&force=1`)).toBe(204);
    } else {
      expect(inspected.status).toBe(404);
      expect(WITH_CONTAINER).not.toContain(operation);
    }
    for (const image of [name, `${name}-2`]) {
      if ((await status('GET', `/images/${image}/json`)) === 404) continue;
      expect(await status('POST', `/containers/create?name=of-image`, { Image: image, Cmd: ['/only'] })).toBe(201);
      if (operation !== 'commit' && operation !== 'build')
        expect(await archived('of-image', '/only')).toContain(`content of ${name}`);
      expect(await status('DELETE', '/containers/of-image')).toBe(204);
      expect(await status('DELETE', `/images/${image}`)).toBe(200);
    }
    expect([204, 404]).toContain(await status('DELETE', `/volumes/${name}`));
    expect([204, 404]).toContain(await status('DELETE', `/volumes/${name}-volume`));
    for (const network of [name, `${name}-network`])
      expect([204, 404]).toContain(await status('DELETE', `/networks/${network}`));
  }

  /** It is in the trash or among the others, with all that it had; only one that was to be deleted may be gone. */
  async function settleTrash(operation: Operation, name: string): Promise<void> {
    const isTrashed = await trashed(name);
    const isListed = (await status('GET', `/containers/${name}/json`)) === 200;
    if (operation === 'delete discarded') expect(isListed).toBe(false);
    else expect(isListed).toBe(!isTrashed);
    if (isTrashed) expect(await status('POST', `/berth/trash/${name}/restore`)).toBe(200);
    if (isTrashed || isListed) {
      expect(await trashed(name)).toBe(false);
      expect(await archived(name, '/only')).toContain(`content of ${name}`);
      expect((await engine.api('GET', `/containers/${name}/json`)).json()).toMatchObject({
        State: { Status: 'created' },
        NetworkSettings: { Networks: { standing: { Aliases: expect.arrayContaining([`${name}-alias`]) } } },
      });
      expect(await status('DELETE', `/containers/${name}`)).toBe(204);
    }
    expect([200, 404]).toContain(await status('DELETE', `/images/${name}-image`));
    expect([204, 404]).toContain(await status('DELETE', `/volumes/${name}-volume`));
    // With the last container of an image that was removed meanwhile, its layers go.
    await expect.poll(layers).toEqual(standingLayers);
  }

  /** An ordinary day: a container on a network with a volume says what it should. */
  async function work(): Promise<void> {
    const body = {
      Image: 'test/base',
      Cmd: ['sh', '-c', 'cat /v/f /data/seed && exit 9'],
      HostConfig: { NetworkMode: 'standing', Binds: ['standing:/v'] },
    };
    const created = (await engine.api('POST', '/containers/create', body)).json();
    const id = String(created['Id']);
    expect(await start(id)).toBe(204);
    expect((await engine.api('POST', `/containers/${id}/wait`)).json()).toEqual({ StatusCode: 9 });
    const { body: logs } = await engine.api('GET', `/containers/${id}/logs?stdout=1`);
    expect(logs).toContain('content');
    expect(logs).toContain('from the image');
    expect(await status('DELETE', `/containers/${id}?v=1`)).toBe(204);
  }

  it.each(Object.keys(OPERATION_OF) as Point[])('loses and leaves nothing at %s', async (point) => {
    const operation = OPERATION_OF[point];
    turn += 1;
    const name = `turn${turn}`;
    await prepare(operation, name);
    crashing.arm(point);
    try {
      await operate(operation, name);
      await expect.poll(() => crashing.hasStruck(point), { interval: 10 }).toBe(true);
    } finally {
      crashing.disarm(point);
    }
    if (isOfEngine(point)) await engine.crash();
    expect((await engine.api('GET', `/containers/${witness}/json`)).json()).toMatchObject({
      State: { Status: 'running' },
    });
    await settle(operation, point, name);
    expect(await standingView()).toEqual(standing);
    await work();
    expect(await standingView()).toEqual(standing);
    expect(await leftovers(engine, before, 3000)).toEqual({});
  });
});

describe.each(ENGINE_MODES.slice(0, 1))('an engine that is started anew as %s', (mode) => {
  it('keeps an image that was removed by force for the container that uses it', async () => {
    const { engine } = new CrashingEngine(mode);
    try {
      await engine.start();
      await loadTestImage(engine);
      engine.dockerOk(['create', '--name', 'user', TEST_IMAGE, 'echo', 'works']);
      engine.dockerOk(['rmi', '-f', TEST_IMAGE]);
      await engine.crash();
      expect(engine.dockerOk(['start', '-a', 'user'])).toBe('works');
    } finally {
      await engine.dispose();
    }
  });
});
