// A web host whose bridge always tells the same: for pictures that are compared with those of before.
import { fileURLToPath } from 'node:url';
import type { EngineInfo } from '../../../runtime/contract/contract.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import type { Handlers, ServerChannel } from '../../../runtime/rpc/server.ts';
import { ensurePage } from '../../../runtime/web/page-build.ts';
import { startWebServer } from '../../../runtime/web/server.ts';
import { CONTAINERS, FRONT, idOf, logLines, NOW, samples } from './containers.ts';
import { buildOf, COMPARISON, historyOf, imageOf, TRASH } from './compared.ts';
import { BUILDS, DISK, FILES, IMAGES, LAYERS, NETWORKS, PROJECT, VOLUMES, VOLUME_SIZES } from './objects.ts';

/** Started with this word nothing is there yet. */
const isEmpty = process.argv.includes('empty');
const some = <T>(list: readonly T[]): Promise<readonly T[]> => Promise.resolve(isEmpty ? [] : list);

const info: EngineInfo = {
  name: 'Berth',
  version: '1.0.0',
  apiVersion: '1.51',
  os: 'Debian GNU/Linux 12',
  arch: 'x86_64',
  kernel: '6.18.0',
  hostname: 'workshop',
  cpus: 8,
  memoryBytes: 16 * 1024 ** 3,
  rootless: true,
  cgroupVersion: '2',
  storageDriver: 'overlay2',
  dataRoot: '/home/ada/.local/share/berth',
  warnings: [],
  dockerHost: 'unix:///run/user/1000/berth/berth.sock',
  controllable: true,
};

/** Keeps a stream open until the page leaves it. */
function stayOpen({ signal }: Pick<ServerChannel<unknown>, 'signal'>): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

const given: Partial<Handlers> = {
  'engine.info': () => Promise.resolve(info),
  'engines.list': () =>
    Promise.resolve([
      { name: 'local', address: info.dockerHost, source: 'own', current: true },
      { name: 'staging', address: 'ssh://ada@staging.example', source: 'context', current: false },
    ]),
  'images.search': () =>
    Promise.resolve([
      { name: 'nginx', description: 'Official build of Nginx.', stars: 21_042, official: true },
      { name: 'nginx/nginx-ingress', description: 'Ingress controllers for Kubernetes.', stars: 118, official: false },
      { name: 'bitnami/nginx', description: '', stars: 203, official: false },
    ]),
  'system.df': () => Promise.resolve(DISK),
  'system.doctor': () =>
    Promise.resolve([
      { id: 'host.kernel', status: 'ok', text: 'Linux 6.18.0', advice: '', repaired: false },
      {
        id: 'host.subids',
        status: 'warning',
        text: 'Only 1 subordinate user id.',
        advice: 'Add a range of 65536 to /etc/subuid.',
        repaired: false,
      },
    ]),
  'registries.list': () =>
    Promise.resolve([
      { registry: 'docker.io', username: 'ada', helper: 'secretservice' },
      { registry: 'registry.example:5000', username: 'build-bot', helper: '' },
    ]),
  'containers.list': ({ ids }) =>
    some(ids === undefined ? CONTAINERS : CONTAINERS.filter(({ id }) => ids.includes(id))),
  'containers.inspect': () => Promise.resolve(FRONT),
  'containers.top': () =>
    Promise.resolve({
      titles: ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'],
      rows: [
        ['app', '1', '0', '0', '11:13', '?', '00:00:02', '/usr/bin/server --listen :8080'],
        ['app', '17', '1', '2', '11:14', '?', '00:00:41', 'server: worker'],
      ],
    }),
  'containers.changes': () =>
    Promise.resolve([
      { path: '/etc', kind: 'modified' },
      { path: '/etc/motd', kind: 'deleted' },
      { path: '/srv/cache', kind: 'added' },
    ]),
  'trash.list': async () => ({ kept: true, rows: await some(TRASH) }),
  'images.list': () => some(IMAGES),
  'images.inspect': ({ reference }) => Promise.resolve(imageOf(reference)),
  'images.history': ({ reference }) => Promise.resolve(historyOf(reference)),
  'images.layers': async (_, channel) => {
    for (const message of LAYERS) await channel.item(message);
  },
  'images.compare': async (_, channel) => {
    for (const message of COMPARISON) await channel.item(message);
  },
  'networks.list': () => some(NETWORKS),
  'volumes.list': () => some(VOLUMES),
  'volumes.sizes': () => Promise.resolve(VOLUME_SIZES),
  'files.list': ({ path }) => Promise.resolve({ entries: path === '/' ? FILES : [] }),
  'compose.list': () => some([PROJECT]),
  'compose.open': () => Promise.resolve(PROJECT),
  'terminals.list': () => Promise.resolve({ found: ['gnome-terminal', 'xterm'] }),
  'sessions.list': () => Promise.resolve([]),
  'builds.recent': () => Promise.resolve([]),
  'builds.inspect': ({ ref }) => Promise.resolve(buildOf(ref)),
  'builds.watch': async (_, channel) => {
    const text = 'npm error code E404\nnpm error 404 Not Found: left-padd\n';
    await channel.item({ steps: buildOf('').steps, output: [{ step: '4', time: NOW, stream: 2, text }] });
  },
  'builds.follow': async (_, channel) => {
    await channel.item({ kind: 'all', builds: isEmpty ? [] : BUILDS, kept: true });
    await stayOpen(channel);
  },
  'stats.all': async (_, channel) => {
    if (!isEmpty) await channel.item(CONTAINERS.slice(0, 5).flatMap(({ id }) => samples(id, 60)));
    await stayOpen(channel);
  },
  'stats.one': async ({ id }, channel) => {
    for (const sample of samples(id, 60)) await channel.item(sample);
    await stayOpen(channel);
  },
  events: async ({ since }, channel) => {
    const past = since === undefined || isEmpty ? [] : CONTAINERS;
    for (const [index, { id, name, image }] of past.entries()) {
      await channel.item({
        kind: 'event',
        type: 'container',
        action: index % 3 === 2 ? 'die' : 'start',
        id,
        attributes: { name, image, ...(index === 5 ? { exitCode: '3' } : {}) },
        timeNano: `${String(NOW - (8 - index) * 60_000)}000000`,
      });
    }
    await stayOpen(channel);
  },
  logs: async ({ id }, channel) => {
    const name = CONTAINERS.find((one) => one.id === id)?.name ?? idOf(0);
    await channel.data(new TextEncoder().encode(logLines(name)));
    await stayOpen(channel);
  },
};
const handlers = new Proxy(given, {
  get: (target, name: keyof Handlers) =>
    target[name] ?? (() => Promise.reject(new BridgeError('unsupported', `Nobody has drawn ${name} yet.`))),
}) as Handlers;

const server = await startWebServer({
  pageRoot: await ensurePage(fileURLToPath(new URL('../../..', import.meta.url))),
  socketPath: '',
  handlers,
});
process.stdout.write(`${server.openUrl()}\n`);
process.once('SIGTERM', () => process.exit(0));
