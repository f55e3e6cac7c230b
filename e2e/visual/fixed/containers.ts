import type { ContainerDetails, ContainerSummary } from '../../../runtime/contract/contract.ts';
import type { StatsSample } from '../../../runtime/contract/stats.ts';

/** The moment at which every picture is taken: 14 November 2026, 12:00 UTC, in milliseconds. */
export const NOW = Date.UTC(2026, 10, 14, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GIB = 1024 ** 3;

/** A 64-digit id that starts with a number. */
export const idOf = (number: number): string => `${number.toString(16).padStart(4, '0')}c0ffee`.padEnd(64, '5');

function container(
  number: number,
  name: string,
  image: string,
  more: Partial<ContainerSummary> & { project?: string } = {},
): ContainerSummary {
  const { project, ...rest } = more;
  return {
    id: idOf(number),
    name,
    image,
    imageId: `sha256:${idOf(100 + number)}`,
    command: 'server --listen :8080',
    state: 'running',
    status: 'Up',
    exitCode: null,
    health: 'none',
    createdAt: NOW - number * 5 * HOUR,
    startedAt: NOW - number * 47 * MINUTE,
    ports: [],
    labels:
      project === undefined
        ? {}
        : { 'com.docker.compose.project': project, 'com.docker.compose.service': name.replace(`${project}-`, '') },
    ...rest,
  };
}

const published = (hostPort: number) => [{ containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort }];

/** A small shop: two projects, something that failed, something that is paused. */
export const CONTAINERS: readonly ContainerSummary[] = [
  container(1, 'shop-storefront', 'shop/storefront:2.4', { project: 'shop', ports: published(18080) }),
  container(2, 'shop-orders', 'shop/orders:1.9', { project: 'shop', ports: published(18081) }),
  container(3, 'shop-payments', 'shop/payments:1.9', { project: 'shop' }),
  container(4, 'shop-database', 'postgres:17', { project: 'shop' }),
  container(5, 'metrics-scraper', 'ops/scraper:7', { project: 'metrics' }),
  container(6, 'session-cache', 'redis:8', { state: 'paused' }),
  container(7, 'nightly-report', 'report:1.0', { state: 'exited', exitCode: 0, startedAt: null }),
  container(8, 'schema-migration', 'shop/orders:1.9', { state: 'exited', exitCode: 3, startedAt: null }),
];

export const FRONT: ContainerDetails = {
  ...(CONTAINERS[0] as ContainerSummary),
  entrypoint: ['/usr/bin/server'],
  arguments: ['--listen', ':8080'],
  workingDir: '/srv',
  user: 'app',
  env: [
    { name: 'PATH', value: '/usr/local/bin:/usr/bin:/bin' },
    { name: 'SHOP_CURRENCY', value: 'EUR' },
  ],
  mounts: [{ type: 'volume', source: 'shop_uploads', destination: '/srv/uploads', readWrite: true }],
  networks: [{ name: 'shop_front', address: '172.20.0.2', gateway: '172.20.0.1' }],
  hostname: 'storefront',
  tty: false,
  openStdin: false,
  autoRemove: false,
  restartPolicy: 'unless-stopped',
  restartCount: 0,
  privileged: false,
  readonlyRoot: false,
  limits: { memoryBytes: GIB, cpus: 1.5, pids: 200 },
  pid: 4242,
  finishedAt: null,
  oomKilled: false,
  error: '',
  healthCheck: null,
  raw: { Id: idOf(1), Name: '/shop-storefront', State: { Status: 'running', Running: true, ExitCode: 0 } },
};

/** Use of the machine, a second apart: waves, so that a chart has something to show. */
export function samples(id: string, count: number): StatsSample[] {
  const phase = Number.parseInt(id.slice(0, 4), 16);
  return Array.from({ length: count }, (_, index) => ({
    id,
    at: NOW - (count - index) * 1000,
    cpus: 0.4 + 0.3 * Math.sin(index / 6 + phase),
    memoryBytes: (180 + 40 * Math.sin(index / 15 + phase)) * 1024 ** 2,
    memoryLimit: GIB,
    pids: 12 + phase,
    netRx: index * 48_000,
    netTx: index * 96_000,
    blockRead: index * 8_000,
    blockWrite: index * 21_000,
  }));
}

/** Two minutes of a log, in the contract's line format, with colours and a fault now and then. */
export function logLines(name: string): string {
  return Array.from({ length: 60 }, (_, index) => {
    const time = new Date(NOW - (60 - index) * 2000).toISOString().replace('Z', '000000Z');
    const isSlow = index % 11 === 10;
    const text = isSlow
      ? 'WARN  slow query on orders, 412 ms'
      : `\u001b[32mINFO\u001b[0m  ${name} GET /api/orders/${String(100 + index)} \u001b[33m${String((index % 37) + 3)}ms\u001b[0m 200`;
    return `${isSlow ? '\u0002' : '\u0001'}${time} ${text}\n`;
  }).join('');
}
