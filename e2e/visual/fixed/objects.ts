import type { ImageSummary } from '../../../runtime/contract/contract.ts';
import type { BuildDetails, BuildStep, BuildSummary } from '../../../runtime/contract/builds.ts';
import type { ComposeProject, ComposeService } from '../../../runtime/contract/compose.ts';
import type { FileEntry } from '../../../runtime/contract/files.ts';
import type { HistoryStep, ImageDetails, LayersMessage } from '../../../runtime/contract/images.ts';
import type { NetworkSummary } from '../../../runtime/contract/networks.ts';
import type { DiskUsage } from '../../../runtime/contract/system.ts';
import type { VolumeSummary } from '../../../runtime/contract/volumes.ts';
import { CONTAINERS, idOf, NOW } from './containers.ts';

const DAY = 86_400_000;
const MIB = 1024 ** 2;

const image = (number: number, repository: string, tag: string, size: number): ImageSummary => ({
  id: `sha256:${idOf(100 + number)}`,
  repository,
  tag,
  digest: '',
  createdAt: NOW - number * 3 * DAY,
  size: size * MIB,
  usedBy: CONTAINERS.filter((one) => one.image === `${repository}:${tag}`).map(({ id }) => id),
  labels: {},
});

export const IMAGES: readonly ImageSummary[] = [
  image(1, 'shop/storefront', '2.4', 84),
  image(2, 'shop/orders', '1.9', 121),
  image(3, 'shop/payments', '1.9', 118),
  image(4, 'postgres', '17', 438),
  image(5, 'ops/scraper', '7', 46),
  image(6, 'redis', '8', 117),
  image(7, 'report', '1.0', 22),
  { ...image(8, '', '', 87), repository: '', tag: '' },
];

export const IMAGE: ImageDetails = {
  id: IMAGES[0]?.id ?? '',
  tags: ['shop/storefront:2.4'],
  digests: [],
  createdAt: NOW - 3 * DAY,
  size: 84 * MIB,
  platform: 'linux/amd64',
  author: 'Shop team',
  layers: [200, 201, 202].map((number) => `sha256:${idOf(number)}`),
  entrypoint: ['/usr/bin/server'],
  command: ['--listen', ':8080'],
  workingDir: '/srv',
  user: 'app',
  ports: ['8080/tcp'],
  volumes: ['/srv/uploads'],
  env: [{ name: 'PATH', value: '/usr/local/bin:/usr/bin:/bin' }],
  labels: { 'org.opencontainers.image.title': 'Storefront' },
  raw: {},
};

const STEPS = [
  ['CMD ["--listen" ":8080"]', 0],
  ['COPY dist /srv # buildkit', 31],
  ['RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates', 13],
  ['ADD rootfs.tar.xz /', 40],
] as const;
export const HISTORY: readonly HistoryStep[] = STEPS.map(([createdBy, size], index) => ({
  createdAt: NOW - (3 + index) * DAY,
  createdBy,
  size: size * MIB,
  comment: size === 0 ? '' : 'buildkit.dockerfile.v0',
  empty: size === 0,
}));

const file = (path: string, size: number, lostIn: number | null = null, directory = false) => ({
  path,
  size,
  mode: directory ? 0o755 : 0o644,
  uid: 0,
  gid: 0,
  directory,
  linkTarget: '',
  change: 'added' as const,
  lostIn,
});
/** Three layers; the third replaces something of the second. */
export const LAYERS: readonly LayersMessage[] = STEPS.filter(([, size]) => size > 0)
  .toReversed()
  .flatMap(([createdBy, size], index): LayersMessage[] => [
    {
      kind: 'layer',
      layer: {
        digest: `sha256:${idOf(200 + index)}`,
        createdBy,
        size: size * MIB,
        wasted: index === 1 ? 3 * MIB : 0,
        fileCount: 3,
      },
    },
    {
      kind: 'files',
      files: [
        file('srv', 0, null, true),
        file(`srv/bundle-${String(index)}.js`, size * MIB * 0.7),
        file('srv/index.html', 3 * MIB, index === 1 ? 2 : null),
      ],
    },
  ]);

const member = (number: number, ipv4: string) => ({
  id: CONTAINERS[number]?.id ?? '',
  name: CONTAINERS[number]?.name ?? '',
  running: true,
  paused: false,
  ipv4,
  ipv6: '',
  mac: '02:42:ac:14:00:02',
  aliases: [],
});
const network = (
  number: number,
  name: string,
  subnet: string,
  members: NetworkSummary['members'],
  builtIn = false,
): NetworkSummary => ({
  id: idOf(300 + number),
  name,
  driver: 'bridge',
  scope: 'local',
  createdAt: NOW - number * DAY,
  internal: name === 'shop_back',
  ipv6: false,
  subnets: [{ subnet: `${subnet}.0/24`, gateway: `${subnet}.1` }],
  labels: {},
  options: {},
  builtIn,
  members,
});
export const NETWORKS: readonly NetworkSummary[] = [
  network(1, 'bridge', '172.17.0', [member(4, '172.17.0.2')], true),
  network(2, 'shop_back', '172.19.0', [member(1, '172.19.0.2'), member(2, '172.19.0.3'), member(3, '172.19.0.4')]),
  network(3, 'shop_front', '172.20.0', [member(0, '172.20.0.2'), member(1, '172.20.0.3')]),
];

const volume = (name: string, users: readonly number[], anonymous = false): VolumeSummary => ({
  name,
  driver: 'local',
  mountpoint: `/var/lib/berth/volumes/${name}/_data`,
  createdAt: NOW - 9 * DAY,
  labels: {},
  options: {},
  anonymous,
  usedBy: users.map((at) => ({ id: CONTAINERS[at]?.id ?? '', name: CONTAINERS[at]?.name ?? '', running: true })),
});
export const VOLUMES: readonly VolumeSummary[] = [
  volume('old-uploads', []),
  volume('shop_ledger', [2, 3]),
  volume('shop_uploads', [0]),
  volume('f'.repeat(64), [5], true),
];
export const VOLUME_SIZES: Readonly<Record<string, number>> = {
  'old-uploads': 412 * MIB,
  shop_ledger: 96 * MIB,
  shop_uploads: 1340 * MIB,
};

const entry = (name: string, kind: FileEntry['kind'], size = 0): FileEntry => ({
  name,
  kind,
  size,
  mode: kind === 'directory' ? 0o755 : 0o644,
  uid: 0,
  gid: 0,
  modifiedAt: NOW - 2 * DAY,
  linkTarget: kind === 'link' ? 'usr/bin' : '',
});
export const FILES: readonly FileEntry[] = [
  entry('bin', 'link'),
  entry('etc', 'directory'),
  entry('srv', 'directory'),
  entry('tmp', 'directory'),
  entry('config.json', 'file', 2048),
  entry('README.md', 'file', 812),
];

const service = (
  name: string,
  at: number,
  dependsOn: readonly string[],
  ports: readonly string[] = [],
): ComposeService => ({
  name,
  image: CONTAINERS[at]?.image ?? '',
  builds: name === 'storefront',
  dependsOn: dependsOn.map((one) => ({ service: one, condition: 'service_started' })),
  ports,
  networks: ['back'],
  profiles: [],
  replicas: 1,
  containers: [
    {
      id: CONTAINERS[at]?.id ?? '',
      name: CONTAINERS[at]?.name ?? '',
      state: 'running',
      status: 'Up 3 minutes (healthy)',
    },
  ],
  change: name === 'orders' ? 'changed' : 'same',
});
export const PROJECT: ComposeProject = {
  name: 'shop',
  directory: '/home/ada/shop',
  files: ['/home/ada/shop/compose.yaml'],
  services: [
    service('storefront', 0, ['orders', 'payments'], ['18080:80']),
    service('orders', 1, ['database'], ['18081:80']),
    service('payments', 2, ['database']),
    service('database', 3, []),
  ],
  running: 4,
  total: 4,
  warnings: [],
  problem: null,
};

const item = (name: string, size: number, inUse: boolean) => ({
  id: name,
  name,
  size: size * MIB,
  inUse,
  running: inUse,
});
export const DISK: DiskUsage = {
  images: IMAGES.map(({ id, repository, tag, size }) => ({
    ...item(repository === '' ? '' : `${repository}:${tag}`, size / MIB, repository !== ''),
    id,
  })),
  sharedLayersBytes: 210 * MIB,
  containers: CONTAINERS.map(({ name, state }, index) => item(name, index * 3, state === 'running')),
  volumes: Object.entries(VOLUME_SIZES).map(([name, size]) => item(name, size / MIB, name !== 'old-uploads')),
  buildCache: [item('RUN npm ci', 310, false), item('COPY . .', 44, false)],
};

const HOUR = DAY / 24;
const build = (hours: number, title: string, more: Partial<BuildSummary>): BuildSummary => ({
  ref: `build${String(hours)}`,
  title,
  status: 'completed',
  createdAt: NOW - hours * HOUR,
  completedAt: NOW - hours * HOUR + 42_000,
  error: '',
  total: 9,
  completed: 9,
  cached: 6,
  warnings: 0,
  image: IMAGES[0]?.id ?? '',
  ...more,
});
const npmFailed = 'process "/bin/sh -c npm ci" did not complete successfully: exit code: 1';
export const BUILDS: readonly BuildSummary[] = [
  build(2, 'shop/storefront:2.4', { warnings: 1 }),
  build(5, 'shop/orders:1.9', { status: 'failed', error: npmFailed, image: '' }),
  build(9, 'Dockerfile', { cached: 9, completedAt: NOW - 9 * HOUR + 900 }),
];

const STARTED = NOW - 5 * HOUR;
const step = (
  id: string,
  stage: string,
  text: string,
  from: number,
  to: number,
  inputs: readonly string[],
): BuildStep => ({
  id,
  stage,
  text,
  inputs,
  started: STARTED + from * 1000,
  completed: STARTED + to * 1000,
  cached: from === to,
  error: '',
});
/** A build of two stages that went on side by side until one failed. */
export const BUILD: BuildDetails = {
  ...(BUILDS[1] as BuildSummary),
  steps: [
    step('1', 'base', 'FROM node:24 AS base', 0, 0, []),
    step('2', 'base', 'COPY package.json .', 0, 0, ['1']),
    step('3', 'assets', 'RUN make assets', 1, 24, ['2']),
    { ...step('4', 'server', 'RUN npm ci', 1, 40, ['2']), error: npmFailed },
  ],
  problem: {
    message: npmFailed,
    file: 'Dockerfile',
    start: 6,
    end: 6,
    excerpt: [
      { line: 5, text: 'FROM base AS server', meant: false },
      { line: 6, text: 'RUN npm ci', meant: true },
    ],
  },
  notes: [],
  attributes: {},
  settings: null,
  edited: false,
};
