/** What an ordinary user can do, run as one; each finding is printed as a JSON line for rootless.test.ts. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { builtLauncher, openLauncher } from '../client.ts';
import { Fixture, processPlan } from './fixture.ts';

function tell(name: string, value: unknown): void {
  process.stdout.write(`${JSON.stringify({ name, value })}\n`);
}

/** The whole command line: on its way there setsid has the words too, and for a moment of its execve none at all. */
const DAEMON = 'sleep 4711 ';

function ownProcesses(pattern: string): number[] {
  const isMatch = (command: string): boolean => (pattern === DAEMON ? command === DAEMON : command.includes(pattern));
  const uid = process.getuid?.() ?? 0;
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return (
          pid > 0 &&
          isMatch(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')) &&
          readFileSync(`/proc/${pid}/status`, 'utf8').includes(`Uid:\t${uid}\t`)
        );
      } catch {
        return false;
      }
    });
}

const fixture = await Fixture.open();
const launcher = fixture.launcher;
tell('identity', { rootless: launcher.rootless, mappedIds: launcher.mappedIds });
tell('root', await fixture.shell('id -u; echo made > /root/file; cat /root/file; exit 7'));
tell('user', await fixture.run(['id'], { user: 'web' }).catch((error: unknown) => (error as { kind: string }).kind));
const terminal = await launcher.launch(
  await fixture.plan(
    processPlan(['sh', '-c', 'stty size; ls -l /dev/null'], { tty: true, consoleSize: { rows: 9, columns: 99 } }),
  ),
);
const screen = await terminal.attach({ stdin: false, stdout: true, stderr: false });
const shown = text(screen);
await terminal.start();
tell('terminal', await shown);
screen.destroy();

await launcher.ensureBridge({ name: 'br0', addresses: ['10.214.1.1/24'], mtu: 1500 });
const endpoint = (number: number) => ({
  bridge: 'br0',
  interfaceName: 'eth0',
  hostInterfaceName: `veth${number}`,
  addresses: [`10.214.1.${number}/24`],
  macAddress: `02:42:0a:d6:01:0${number}`,
  gateways: ['10.214.1.1'],
  mtu: 1500,
  link: { kind: 'veth', isolated: false } as const,
  sysctls: [],
});
const server = await launcher.launch(
  await fixture.plan(processPlan(['sh', '-c', 'while true; do nc -l -p 80 -e cat; done']), {
    network: {
      namespace: 'new',
      endpoints: [endpoint(2)],
      ports: [
        {
          protocol: 'tcp',
          hostAddress: '127.0.0.1',
          hostPort: 0,
          lastHostPort: 0,
          tied: false,
          containerAddress: '10.214.1.2',
          containerPort: 80,
        },
      ],
      sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      resolver: '',
    },
  }),
);
await server.start();
async function ask(): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = connect(server.hostPorts[0] ?? 0, '127.0.0.1');
    socket.end('published');
    const answer = await text(socket).catch(() => '');
    if (answer !== '') return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return '';
}
tell('port', await ask());
const neighbour = await fixture.run(
  ['ping', '-c', '1', '-w', '3', '10.214.1.2'],
  {},
  {
    network: { namespace: 'new', endpoints: [endpoint(3)], ports: [], sysctls: [], resolver: '' },
  },
);
tell('neighbour', neighbour.exitCode);
tell('helper', await launcher.runHelper(['ip', '-o', 'link', 'show', 'br0'], '').then(({ exitCode }) => exitCode));
await launcher.runHelper(['sh', '-c', 'echo {netns} >&2; setsid sleep 4711 >/dev/null 2>&1 &', '{netns}'], '');
for (let attempt = 0; attempt < 50 && ownProcesses(DAEMON).length === 0; attempt++)
  await new Promise((resolve) => setTimeout(resolve, 20));
tell('daemon', ownProcesses(DAEMON).length);

const zygotes = ownProcesses(join(fixture.directory, 'run'));
const oldest = Math.min(...zygotes);
process.kill(oldest, 'SIGKILL');
await new Promise((resolve) => setTimeout(resolve, 50));
const exec = await launcher.exec(fixture.execPlan(server, processPlan(['sh', '-c', 'id -u; exit 13'])));
tell('exec after kill', await fixture.finish(exec));
const again = await fixture.run(
  ['ping', '-c', '1', '-w', '3', '10.214.1.2'],
  {},
  {
    network: { namespace: 'new', endpoints: [endpoint(4)], ports: [], sysctls: [], resolver: '' },
  },
);
tell('neighbour after kill', again.exitCode);
tell('port after kill', await ask());
tell('daemon after kill', ownProcesses(DAEMON).length);
const newer = join(fixture.directory, 'newer-launcher');
const binary = await readFile(process.env['BERTH_LAUNCHER'] ?? builtLauncher);
await writeFile(newer, Buffer.concat([binary, Buffer.from('newer\n')]), { mode: 0o755 });
const updated = await openLauncher({ runDirectory: join(fixture.directory, 'run'), binary: newer });
tell(
  'exec after update',
  await updated
    .exec(fixture.execPlan(server, processPlan(['sh', '-c', 'id -u; exit 14'])))
    .then((one) => fixture.finish(one)),
);
tell('port after update', await ask());
tell('daemon after update', ownProcesses(DAEMON).length);
await server.kill(9);
tell('killed', (await server.exited).exitCode);

const owned = join(fixture.directory, 'owned');
await launcher.makeDirectory(owned, 0o755);
if (launcher.mappedIds > 1000) {
  const writer = await fixture.plan(
    processPlan(['sh', '-c', 'mkdir -m 700 /data/x; echo 1 > /data/x/y'], { user: '' }),
    {},
  );
  await fixture.finish(
    await launcher.launch({
      ...writer,
      mounts: [
        ...writer.mounts,
        {
          type: 'bind',
          source: owned,
          destination: '/data',
          readonly: false,
          nosuid: false,
          nodev: false,
          noexec: false,
          recursive: true,
          propagation: 'rprivate',
          data: '',
        },
      ],
    }),
  );
}
await launcher.removeTree(owned);
await fixture.close();
for (let attempt = 0; attempt < 100 && ownProcesses('berth-launcher').length > 0; attempt++)
  await new Promise((resolve) => setTimeout(resolve, 20));
for (let attempt = 0; attempt < 100 && ownProcesses(DAEMON).length > 0; attempt++)
  await new Promise((resolve) => setTimeout(resolve, 20));
tell('daemon at the end', ownProcesses(DAEMON).length);
tell('left', ownProcesses('berth-launcher').length);
tell('links', execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }).includes('br0'));
