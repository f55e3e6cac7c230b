// A web host whose bridge invents 1,000 containers and a log of 100,000 lines a second: for measuring the page alone.
import { fileURLToPath } from 'node:url';
import type { ContainerSummary, EngineInfo } from '../../runtime/contract/contract.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import type { Handlers } from '../../runtime/rpc/server.ts';
import { ensurePage } from '../../runtime/web/page-build.ts';
import { startWebServer } from '../../runtime/web/server.ts';

const CONTAINERS = 1000;
const LINES_PER_SECOND = 100_000;
/** A batch every 10 ms: about what a real engine's socket gives. */
const TICK_MS = 10;
/** Changes a second in the list. */
const EVENTS_PER_SECOND = 200;

const containers: ContainerSummary[] = Array.from({ length: CONTAINERS }, (_, index) => ({
  id: index.toString(16).padStart(64, '0'),
  name: `service-${String(index)}`,
  image: `registry.example/team/app-${String(index % 17)}:1.${String(index % 5)}`,
  imageId: 'sha256:0',
  command: 'server --listen :8080',
  state: index % 4 === 0 ? 'exited' : 'running',
  status: '',
  exitCode: index % 4 === 0 ? index % 3 : null,
  createdAt: Date.now() - index * 60_000,
  health: 'none',
  startedAt: Date.now() - index * 30_000,
  ports: [{ containerPort: 8080, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 20_000 + index }],
  labels: {},
}));

const info: EngineInfo = {
  name: 'Fake',
  version: '0',
  apiVersion: '1.51',
  os: '',
  arch: '',
  kernel: '',
  hostname: '',
  cpus: 1,
  memoryBytes: 1,
  rootless: true,
  cgroupVersion: '2',
  storageDriver: '',
  dataRoot: '',
  warnings: [],
  dockerHost: 'unix:///fake',
  controllable: false,
};

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const some: Partial<Handlers> = {
  'engine.info': () => Promise.resolve(info),
  'containers.list': ({ ids }) =>
    Promise.resolve(ids === undefined ? containers : containers.filter(({ id }) => ids.includes(id))),
  'images.list': () => Promise.resolve([]),
  'sessions.list': () => Promise.resolve([]),
  events: async (_input, channel) => {
    for (let count = 0; !channel.signal.aborted;) {
      for (let index = 0; index < EVENTS_PER_SECOND / 20; index += 1) {
        count += 1;
        const at = (count * 7) % CONTAINERS;
        const container = containers[at];
        // The one whose log is measured stays as it is.
        if (container === undefined || at === 1) continue;
        const running = container.state === 'running';
        containers[at] = { ...container, state: running ? 'exited' : 'running', exitCode: running ? 0 : null };
        await channel.item({
          kind: 'event',
          type: 'container',
          action: running ? 'die' : 'start',
          id: container.id,
          attributes: {},
          timeNano: '0',
        });
      }
      await pause(50);
    }
  },
  logs: async (_input, channel) => {
    const encoder = new TextEncoder();
    let line = 0;
    let owed = 0;
    let last = performance.now();
    while (!channel.signal.aborted) {
      const now = performance.now();
      owed = Math.min(LINES_PER_SECOND / 5, owed + ((now - last) / 1000) * LINES_PER_SECOND);
      last = now;
      let text = '';
      // One stamp for all lines of a moment: the page shares the processors with what invents its lines.
      const stamp = new Date().toISOString().replace('Z', '000000Z');
      for (; owed >= 1; owed -= 1) {
        line += 1;
        text += `\u0001${stamp} level=info msg="request handled" id=${String(line)} path=/api/v1/things\n`;
        if (text.length > 60_000) {
          await channel.data(encoder.encode(text));
          text = '';
        }
      }
      if (text !== '') await channel.data(encoder.encode(text));
      await pause(TICK_MS);
    }
  },
};
const handlers = new Proxy(some, {
  get: (target, name: keyof Handlers) =>
    target[name] ?? (() => Promise.reject(new BridgeError('unsupported', 'The fake bridge cannot do this.'))),
}) as Handlers;

const server = await startWebServer({
  pageRoot: await ensurePage(fileURLToPath(new URL('../..', import.meta.url))),
  socketPath: '',
  handlers,
});
process.stdout.write(`${server.openUrl()}\n`);
process.once('SIGTERM', () => process.exit(0));
