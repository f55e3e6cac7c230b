import type { ServerImage } from '../fixtures/debian-packages.ts';

/** Who brings a project up and drives it: our command, Debian's docker-compose 1.29, or Compose 2. */
export type ComposeClient = 'berth' | 'compose 1' | 'compose 2';

/** A folder beside this file, and what its application must do. */
export interface ProofProject {
  readonly name: string;
  /** Images of Debian's packages that it is made of. */
  readonly servers: readonly ServerImage[];
  /** What its page says; a group is a number that each request counts up. */
  readonly answer: RegExp;
  readonly path?: string;
  readonly https?: true;
  /** Over what the number lives on: the end of the containers only, or their removal, for it is in a volume. */
  readonly kept?: 'restart' | 'down';
  /** A service and how many of it there shall be. */
  readonly scale: readonly [service: string, count: number];
  /** A further answer that must be seen while scaled: as many different ones as there are containers. */
  readonly balanced?: true;
  /** Which clients can read its file. */
  readonly clients: readonly ComposeClient[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Services that end by themselves. */
  readonly jobs?: readonly string[];
  /** Words for compose that must print what is expected while the project is up. */
  readonly also?: readonly (readonly [words: readonly string[], prints: RegExp])[];
}

const ALL: readonly ComposeClient[] = ['berth', 'compose 1', 'compose 2'];
const NEWER: readonly ComposeClient[] = ['berth', 'compose 2'];
/** What Compose 2.26 does not know yet. */
const OURS: readonly ComposeClient[] = ['berth'];

/** Projects of real shape, each a folder beside this file. */
export const PROJECTS: readonly ProofProject[] = [
  {
    name: 'shop',
    servers: ['nginx', 'python', 'postgres', 'redis', 'beanstalkd'],
    path: '/order',
    answer: /^(\d+)$/,
    kept: 'down',
    scale: ['worker', 3],
    clients: NEWER,
    jobs: ['migrate'],
    also: [
      [['exec', '-T', 'db', 'id', '-un'], /^postgres$/],
      [['exec', '-T', 'db', 'sh', '-c', 'df -k /dev/shm | tail -n 1'], /\b131072\b/],
      [['run', '--rm', '-T', '--no-deps', 'web', 'sh', '-c', 'echo $GREETING $CACHE'], /^hello visits$/],
    ],
  },
  {
    name: 'blog',
    servers: ['nginx', 'php', 'mariadb'],
    answer: /^posts: (\d+)$/,
    kept: 'down',
    scale: ['php', 2],
    clients: NEWER,
    also: [[['exec', '-T', 'mariadb', 'sh', '-c', 'ulimit -n; ulimit -Hn'], /^4096\n8192$/]],
  },
  {
    name: 'guestbook',
    servers: ['python', 'redis'],
    answer: /^entries: (\d+)$/,
    kept: 'down',
    scale: ['redis', 1],
    clients: NEWER,
  },
  {
    name: 'voting',
    servers: ['node', 'python', 'redis', 'postgres'],
    answer: /^votes: (\d+)$/,
    kept: 'down',
    scale: ['worker', 2],
    clients: ALL,
  },
  {
    name: 'balanced',
    servers: ['nginx', 'node'],
    answer: /^answered by [0-9a-f]{12}$/,
    scale: ['app', 4],
    balanced: true,
    clients: OURS,
  },
  {
    name: 'elastic',
    servers: ['haproxy', 'python'],
    answer: /^answered by [0-9a-f]{12}$/,
    scale: ['app', 4],
    balanced: true,
    clients: ALL,
  },
  {
    name: 'hardened',
    servers: ['python', 'memcached'],
    answer: /"capabilities":"0{32}","noNewPrivileges":"1","root":true,"scratch":true,"user":1000,"visits":"?(\d+)/,
    scale: ['memcached', 1],
    clients: NEWER,
  },
  {
    name: 'sensors',
    servers: ['mosquitto'],
    answer: /^kitchen °C [0-9a-f]{12}$/m,
    scale: ['sensor', 3],
    balanced: true,
    clients: OURS,
  },
  {
    name: 'replicated',
    servers: ['postgres', 'pgbouncer', 'python'],
    answer: /^read from the standby: (\d+)$/,
    kept: 'down',
    scale: ['pool', 2],
    clients: OURS,
    also: [
      [['exec', '-T', 'standby', 'psql', '-U', 'postgres', '-Atc', 'SELECT pg_is_in_recovery()'], /^t$/],
      [['exec', '-T', 'pool', 'stat', '-c', '%u %a', '/etc/pgbouncer/users.txt'], /^70 400$/],
    ],
  },
  {
    name: 'sentinel',
    servers: ['redis', 'python'],
    answer: /^count: (\d+)$/,
    kept: 'down',
    scale: ['replica', 2],
    clients: ALL,
  },
  {
    name: 'wiki',
    servers: ['python'],
    answer: /^edits: (\d+) revision r7$/,
    kept: 'down',
    scale: ['wiki', 1],
    clients: OURS,
    environment: { REVISION: 'r7' },
    also: [
      [['run', '--rm', '-T', 'backup'], /^$/],
      [['run', '--rm', '-T', 'backup', 'ls', '-l', '/backups'], /root +root .* wiki.sqlite$/],
      [['exec', '-T', 'wiki', 'cat', '/pages/started'], /^0$/],
    ],
  },
  {
    name: 'metrics',
    servers: ['prometheus', 'python'],
    path: '/api/v1/query?query=sum(up)%2Bsum(asked_total%3Ebool%200)',
    answer: /"value":\[[\d.]+,"3"\]/,
    scale: ['app', 1],
    clients: NEWER,
  },
  {
    name: 'tls',
    servers: ['openssl', 'nginx', 'node'],
    answer: /^same secret: true, mode 400, owner 1000$/,
    https: true,
    scale: ['app', 2],
    clients: OURS,
    environment: { PASSPHRASE: 'between us' },
    jobs: ['certificate'],
  },
  {
    name: 'chain',
    servers: ['node'],
    answer: /^gateway > orders > stock > prices$/,
    scale: ['prices', 3],
    clients: NEWER,
  },
  {
    name: 'jobs',
    servers: ['beanstalkd', 'node'],
    answer: /^done: (\d+)$/,
    kept: 'down',
    scale: ['worker', 3],
    clients: ALL,
    jobs: ['unlucky'],
    also: [[['exec', '-T', 'web', 'sh', '-c', 'echo $(($(wc -l < /results/tries) % 3))'], /^0$/]],
  },
  {
    name: 'workshop',
    servers: ['python', 'redis'],
    answer: new RegExp(
      '"name": "bench.workshop.test", "directory": "/app/src", "groups": \\[33, 1000, 2000\\], ' +
        '"environment": {"COLOUR": "green", "SPACED": " a b ", "EMPTY": "", "NUMBER": "7"}, "printer": "192.0.2.7", ' +
        '"search": \\["workshop.test"\\], "files": \\[1000, 2000\\], "keepalive": 77, "shm": 9437184, "run": "0o700", ' +
        '"terminal": true, "writable": \\[false, true\\], "device": true, "mac": "02:42:ac:11:00:99", "database": "\\+PONG"',
    ),
    scale: ['database', 2],
    clients: NEWER,
  },
  {
    name: 'sidecars',
    servers: ['nginx', 'node'],
    answer: /^watched: true, clients: true$/,
    scale: ['client', 2],
    clients: NEWER,
  },
  {
    name: 'names',
    servers: ['dnsmasq', 'node'],
    answer:
      /^{"zone":"203.0.113.9","self":"SUBNET.20","text":\["written"\],"alias":"SUBNET.20","networks":2,"mac":"02:42:00:00:00:20"}$/,
    scale: ['other', 3],
    clients: OURS,
  },
  {
    name: 'cluster',
    servers: ['etcd', 'node'],
    answer: /^count: (\d+)$/,
    kept: 'down',
    scale: ['reader', 2],
    clients: ALL,
  },
  {
    name: 'logs',
    servers: ['rsyslog'],
    answer: /^app: said once and more$/m,
    scale: ['app', 3],
    clients: NEWER,
  },
  {
    name: 'messages',
    servers: ['rabbitmq', 'python'],
    answer: /^desserts$/,
    scale: ['worker', 3],
    clients: NEWER,
  },
  {
    name: 'legacy',
    servers: ['python', 'redis'],
    answer: /^entries: (\d+)$/,
    kept: 'down',
    scale: ['redis', 1],
    clients: ALL,
    jobs: ['files'],
  },
];
