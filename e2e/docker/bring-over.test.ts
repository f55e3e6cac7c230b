import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { DockerClient } from '../../runtime/bridge/docker-client.ts';
import { EndpointService } from '../../runtime/bridge/endpoints.ts';
import { MigrationService } from '../../runtime/bridge/migrate.ts';
import { ResetService } from '../../runtime/bridge/reset.ts';
import type { MigrationStep } from '../../runtime/contract/migrate.ts';
import type { ResetStep } from '../../runtime/contract/reset.ts';
import type { ServerChannel } from '../../runtime/rpc/server.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** An open stream that keeps what it is told. */
function channelOf<Item>(signal = new AbortController().signal): { channel: ServerChannel<Item>; told: Item[] } {
  const told: Item[] = [];
  const nothing = (): void => undefined;
  const item = (one: Item): Promise<void> => Promise.resolve(void told.push(one));
  return {
    told,
    channel: { signal, item, data: () => Promise.resolve(), onData: nothing, onItem: nothing, onEnd: nothing },
  };
}

/** From one engine of ours to another, as the app does it; then that one is made new again. */
describe('what another engine has', () => {
  // The most foreign that two of ours can be to each other.
  const there = new EngineProcess(ENGINE_MODES.at(-1) ?? 'rootless');
  const here = new EngineProcess(ENGINE_MODES[0] ?? 'rootless');
  useEngine(there, { emptied: true });
  useEngine(here);
  const home = mkdtempSync('/tmp/berth-bring-');
  const docker = new DockerClient(here.socket);
  const endpoints = new EndpointService(docker, here.socket, `${home}/engines.json`);
  const migration = new MigrationService(docker, endpoints, [there.socket, here.socket, `${home}/nobody.sock`]);
  const reset = new ResetService(docker, endpoints);
  const signal = AbortSignal.timeout(120_000);
  const source = `unix://${there.socket}`;
  afterAll(() => {
    docker.close();
    rmSync(home, { recursive: true });
  });

  it('is brought over: images, volumes, containers with their networks and files', async () => {
    there.dockerOk(['network', 'create', '--subnet', '10.214.5.0/24', 'bring-net']);
    there.dockerOk(['volume', 'create', '--label', 'kind=data', 'bring-data']);
    there.dockerOk(['volume', 'create', 'bring-other']);
    const put = 'echo kept > /data/file; chown 7:8 /data/file; echo mine > /etc/own';
    there.dockerOk([
      ...['run', '--name', 'bring-one', '--network', 'bring-net', '--ip', '10.214.5.9', '-v', 'bring-data:/data'],
      ...[
        '-e',
        'WHO=me',
        '--shm-size',
        '32m',
        '--restart',
        'on-failure:3',
        '-p',
        '127.0.0.1:18123:80',
        '--label',
        'a=b',
      ],
      ...[TEST_IMAGE, 'sh', '-c', put],
    ]);
    there.dockerOk(['create', '--name', 'bring-two', '--pid', 'container:bring-one', TEST_IMAGE, 'true']);
    there.dockerOk(['tag', TEST_IMAGE, 'bring/image:1']);
    here.dockerOk(['volume', 'create', 'bring-other']);

    const sources = await migration.sources();
    // Whatever contexts of docker there are besides; the one that is shown is not among them.
    expect(sources.filter(({ isListed }) => !isListed)).toEqual([{ name: source, address: source, isListed: false }]);
    expect(sources.map(({ name }) => name)).not.toContain('local');
    const offer = await migration.look(source, signal);
    expect(offer.images).toMatchObject([{ names: expect.arrayContaining(['bring/image:1', TEST_IMAGE]) as string[] }]);
    expect(offer.volumes.map(({ name, isHere }) => [name, isHere])).toEqual([
      ['bring-data', false],
      ['bring-other', true],
    ]);
    expect(offer.containers.map(({ name, volumes, isHere }) => [name, volumes, isHere])).toEqual([
      ['bring-one', ['bring-data'], false],
      ['bring-two', [], false],
    ]);
    const [one, two] = offer.containers.map(({ id }) => id);
    const { channel, told } = channelOf<MigrationStep>();
    await migration.copy(
      {
        source,
        images: offer.images.map(({ id }) => id),
        volumes: ['bring-data', 'bring-other'],
        containers: [
          { id: one ?? '', files: true },
          { id: two ?? '', files: false },
        ],
      },
      channel,
    );
    const ended = told.filter(({ state }) => state !== 'running');
    expect(ended.map(({ kind, state, message }) => [kind, state, message])).toEqual([
      ['image', 'done', ''],
      ['volume', 'done', ''],
      ['volume', 'failed', 'There is a volume “bring-other” already.'],
      ['container', 'done', ''],
      ['container', 'done', ''],
    ]);
    expect(ended[0]?.bytes).toBeGreaterThan(100_000);

    expect(here.dockerOk(['inspect', '--format', '{{.Id}}', 'bring/image:1'])).toBe(offer.images[0]?.id);
    expect(here.dockerOk(['volume', 'inspect', '--format', '{{.Labels.kind}}', 'bring-data'])).toBe('data');
    const format =
      '{{.State.Status}} {{.HostConfig.ShmSize}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.PortBindings}} {{.Config.Labels.a}}';
    expect(here.dockerOk(['inspect', '--format', format, 'bring-one'])).toBe(
      'created 33554432 on-failure map[80/tcp:[{127.0.0.1 18123}]] b',
    );
    expect(here.dockerOk(['network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', 'bring-net'])).toBe(
      '10.214.5.0/24',
    );
    here.dockerOk(['start', '-a', 'bring-one']);
    const script = 'cat /etc/own /data/file; stat -c %u:%g /data/file; echo $WHO';
    const image = here.dockerOk(['inspect', '--format', '{{.Config.Image}}', 'bring-one']);
    expect(image).toBe('localhost/brought/bring-one:latest');
    expect(
      here.dockerOk(['run', '--rm', '--volumes-from', 'bring-one', '-e', 'WHO=me', image, 'sh', '-c', script]),
    ).toBe('mine\nkept\n7:8\nme');
    expect(here.dockerOk(['inspect', '--format', '{{.HostConfig.PidMode}}', 'bring-two'])).toBe('container:bring-one');
    // Nothing of the way is left on either side.
    expect(there.dockerOk(['images', '--format', '{{.Repository}}']).split('\n').sort()).toEqual([
      'bring/image',
      TEST_IMAGE.replace(/:.*/, ''),
    ]);
    expect(here.dockerOk(['images', '--format', '{{.Repository}}'])).not.toContain('berth-bring');
    expect((await migration.look(source, signal)).containers.every(({ isHere }) => isHere)).toBe(true);
    there.dockerOk(['rm', 'bring-one', 'bring-two']);
    there.dockerOk(['volume', 'rm', 'bring-data', 'bring-other']);

    await expect(migration.look(`unix://${here.socket}`, signal)).rejects.toThrow('the engine that is shown already');
    await expect(migration.look(`unix://${home}/nobody.sock`, signal)).rejects.toThrow('No engine answers at unix:///');
    await expect(migration.look('unix:///nobody', signal)).rejects.toThrow('There is no engine');
    const gone = channelOf<MigrationStep>(AbortSignal.abort());
    await expect(
      migration.copy({ source, images: [], volumes: ['x'], containers: [] }, gone.channel),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('goes when the engine is reset to the beginning, with all that is here', async () => {
    here.dockerOk(['run', '-d', '--name', 'bring-runs', '-v', '/anonymous', TEST_IMAGE, 'sleep', '600']);
    here.dockerOk(['build', '-q', '-t', 'bring/built', '-'], {
      input: `FROM ${TEST_IMAGE}\nRUN echo built > /built\n`,
    });
    await docker.json('PUT', '/berth/configuration', { body: { Text: '{"labels": ["a=b"]}' } });
    await docker.json('POST', `/berth/trash/${here.dockerOk(['create', TEST_IMAGE])}`);
    const before = await reset.contents(signal);
    expect(before).toMatchObject({ counts: { containers: 3, trash: 1, networks: 1, builds: 1 }, running: 1 });
    expect(before.bytes).toBeGreaterThan(100_000);
    const { channel, told } = channelOf<ResetStep>();
    await reset.run(true, channel);
    expect(told.filter(({ message }) => message !== '')).toEqual([]);
    expect(await reset.contents(signal)).toEqual({
      counts: { containers: 0, trash: 0, networks: 0, images: 0, volumes: 0, cache: 0, builds: 0 },
      running: 0,
      bytes: 0,
    });
    expect(await docker.json('GET', '/berth/configuration')).toMatchObject({ Text: '' });
    // It is an engine like any other then.
    const other = new DockerClient(there.socket);
    const elsewhere = new ResetService(other, { isOwn: false });
    await expect(elsewhere.contents(signal)).rejects.toThrow('Only the app’s own engine');
    other.close();
  });
});
