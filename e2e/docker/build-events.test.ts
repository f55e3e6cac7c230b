import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dockerd } from '../fixtures/dockerd.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { rootFilesystemTar } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

const isRoot = ENGINE_MODES.includes('root');

/** What is told of an event, without what is another each time. */
interface Told {
  readonly Type: string;
  readonly Action: string;
  readonly status: string | undefined;
  readonly attributes: Record<string, string>;
}

interface DockerEvent {
  readonly Type: string;
  readonly Action: string;
  readonly status?: string;
  readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

describe.skipIf(!isRoot)(`events of builds${isRoot ? '' : ' (skipped: dockerd needs root)'}`, () => {
  const engine = new EngineProcess(ENGINE_MODES[0] ?? 'rootless');
  const dockerd = new Dockerd();
  let why: string | null = null;

  useEngine(engine);

  beforeAll(async () => {
    why = await dockerd.start();
  });

  afterAll(async () => {
    await dockerd.stop();
  });

  it('are those that dockerd tells of', async (test) => {
    if (why !== null) {
      process.stderr.write(`not compared with dockerd: ${why}\n`);
      test.skip(why);
    }
    const tar = await rootFilesystemTar();
    const ours = { ...dockerd.environment, DOCKER_HOST: engine.host };
    const [own, theirs] = [eventsOf(ours, tar), eventsOf(dockerd.environment, tar)];
    // dockerd tells of the image itself since version 28.
    expect(own.slice(1)).toEqual(theirs);
    expect(named(own)).toEqual(['image create', 'image tag', 'image tag', 'builder prune']);
  });

  it('of the classic builder are those of images alone, where dockerd also tells of its containers', async (test) => {
    if (why !== null) test.skip(why);
    const tar = await rootFilesystemTar();
    const classic = { DOCKER_BUILDKIT: '0' };
    const own = eventsOf({ ...dockerd.environment, ...classic, DOCKER_HOST: engine.host }, tar);
    const theirs = eventsOf({ ...dockerd.environment, ...classic }, tar);
    const isOfContainer = ({ Type }: Told): boolean => Type === 'container' || Type === 'network';
    expect(named(own).at(0)).toBe('image create');
    expect(own.slice(1)).toEqual(theirs.filter((event) => !isOfContainer(event)));
    // What the README says of RUN and of LABEL. Ours have no containers that anybody could ask for.
    const ofRun = ['create', 'attach', 'connect', 'start', 'die', 'disconnect', 'destroy'];
    const told = theirs.filter(isOfContainer).map(({ Action }) => Action);
    expect(told).toEqual([...ofRun, 'create', 'destroy']);
  });
});

function named(events: readonly Told[]): string[] {
  return events.map(({ Type, Action }) => `${Type} ${Action}`);
}

/** What happens when an image with two names is built by the client's BuildKit, and the cache is pruned. */
function eventsOf(environment: NodeJS.ProcessEnv, tar: Buffer): Told[] {
  const docker = (args: readonly string[], input: string | Buffer): string => {
    const { status, stdout, stderr } = spawnSync('/usr/bin/docker', args, { env: environment, input });
    expect(status, stderr.toString()).toBe(0);
    return stdout.toString().trim();
  };
  docker(['import', '--change', 'ENV PATH=/bin', '-', 'base'], tar);
  const since = String(Date.now() / 1000);
  const names = ['-t', 'events/one', '-t', 'events/two:tag'];
  docker(['build', '-q', ...names, '--network', 'host', '-'], 'FROM base\nRUN echo x > /x\nLABEL a=b\n');
  docker(['builder', 'prune', '-af'], '');
  const told = docker(['events', '--since', since, '--until', String(Date.now() / 1000), '--format', '{{json .}}'], '');
  return told.split('\n').map((line) => {
    const { Type, Action, status, Actor } = JSON.parse(line) as DockerEvent;
    const attributes = Object.fromEntries(
      Object.entries(Actor.Attributes).map(([name, value]) => [name, name === 'reclaimed' ? 'bytes' : value]),
    );
    return { Type, Action, status, attributes };
  });
}
