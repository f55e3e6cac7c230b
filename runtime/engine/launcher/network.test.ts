import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Supervised } from './interface.ts';
import { Fixture, processPlan } from './testing/fixture.ts';
import type { NetworkPlan, PortStep } from './types.ts';
import { needs } from '../testing/needs.ts';

const bridge = `bt${process.pid % 100000}`;
let fixture: Fixture;
let next = 2;

beforeAll(async () => {
  fixture = await Fixture.open();
  await fixture.launcher.ensureBridge({ name: bridge, addresses: ['10.213.7.1/24', 'fd00:213:7::1/64'], mtu: 1500 });
});
afterAll(async () => {
  await fixture.launcher.removeInterface(bridge);
  await fixture.close();
});

function network(ports: (address: string) => readonly PortStep[] = () => []): NetworkPlan & { address: string } {
  const number = next++;
  const address = `10.213.7.${number}`;
  return {
    address,
    namespace: 'new',
    endpoints: [
      {
        bridge,
        interfaceName: 'eth0',
        hostInterfaceName: `v${process.pid % 100000}n${number}`,
        addresses: [`${address}/24`, `fd00:213:7::${number}/64`],
        macAddress: `02:42:0a:d5:07:${number.toString(16).padStart(2, '0')}`,
        gateways: ['10.213.7.1', 'fd00:213:7::1'],
        mtu: 1400,
        link: { kind: 'veth', isolated: false },
        sysctls: [],
      },
    ],
    ports: ports(address),
    sysctls: [],
    resolver: '',
  };
}

function port(protocol: 'tcp' | 'udp', containerAddress: string, containerPort: number, hostPort = 0): PortStep {
  return {
    protocol,
    hostAddress: '127.0.0.1',
    hostPort,
    lastHostPort: hostPort,
    tied: false,
    containerAddress,
    containerPort,
  };
}

async function serve(script: string, plan: NetworkPlan): Promise<Supervised> {
  const server = await fixture.launcher.launch(
    await fixture.plan(processPlan(['sh', '-c', script]), { network: plan, init: true }),
  );
  await server.start();
  return server;
}

async function stop(server: Supervised): Promise<void> {
  await server.kill(9);
  await server.exited;
}

async function talk(hostPort: number, message: string): Promise<string> {
  const socket = connect(hostPort, '127.0.0.1');
  socket.end(message);
  return text(socket);
}

/** The listener inside may need a moment: what counts is that the published port itself answers at once. */
async function eventually(hostPort: number, message: string): Promise<string> {
  for (let attempt = 0; attempt < 1500; attempt++) {
    const answer = await talk(hostPort, message).catch(() => '');
    if (answer !== '') return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return '';
}

test('address, mtu, hardware address and routes are the plan’s; ensureBridge can be repeated', async () => {
  await fixture.launcher.ensureBridge({ name: bridge, addresses: ['10.213.7.1/24', 'fd00:213:7::1/64'], mtu: 1500 });
  const plan = network();
  const { stdout } = await fixture.shell(
    'ip addr; ip route; ip -6 route; cat /proc/sys/net/ipv6/conf/eth0/accept_ra',
    {},
    { network: plan },
  );
  expect(stdout).toContain(`inet ${plan.address}/24 brd 10.213.7.255`);
  expect(stdout).toMatch(/mtu 1400/);
  expect(stdout).toContain(`link/ether ${plan.endpoints[0]?.macAddress}`);
  expect(stdout).toContain('default via 10.213.7.1 dev eth0');
  expect(stdout).toContain('default via fd00:213:7::1 dev eth0');
  expect(stdout).toMatch(/\n0\n$/);
  expect(stdout).toMatch(/lo: <LOOPBACK,UP/);
});

test('an interface and its other end have one queue each way, whatever the number of processors', async () => {
  const plan = network();
  const server = await serve('sleep 60', plan);
  for (const where of [
    ['ip', '-d', 'link', 'show', plan.endpoints[0]?.hostInterfaceName ?? ''],
    ['nsenter', '-t', String(server.process.pid), '-n', 'ip', '-d', 'link', 'show', 'eth0'],
  ])
    expect(execFileSync(where[0] ?? '', where.slice(1)).toString()).toContain('numtxqueues 1 numrxqueues 1 ');
  await stop(server);
});

test('two containers reach each other by both families', async () => {
  const first = network();
  const server = await serve('sleep 60', first);
  const { stdout, exitCode } = await fixture.shell(
    `ping -c 1 -w 3 ${first.address} && ping -6 -c 1 -w 3 fd00:213:7::${first.address.split('.')[3] ?? ''}`,
    {},
    { network: network() },
  );
  expect(stdout).toContain(' 0% packet loss');
  expect(exitCode).toBe(0);
  await stop(server);
});

test('the gateway keeps its hardware address when who is on the bridge changes', async () => {
  const seen = async (): Promise<string> => {
    const words = 'ping -c 1 -w 3 10.213.7.1 >/dev/null; grep -w 10.213.7.1 /proc/net/arp';
    const { stdout } = await fixture.shell(words, {}, { network: network() });
    return /(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/.exec(stdout)?.[0] ?? 'none';
  };
  const first = await seen();
  expect(first).toMatch(/^.[26ae]:/); // locally administered
  expect(await seen()).toBe(first);
});

test('a published TCP port carries both directions, and the container sees no loopback source', async () => {
  const server = await serve(
    `while true; do nc -l -p 80 -e sh -c 'grep ":0050" /proc/net/tcp6; cat'; done`,
    network((address) => [port('tcp', address, 80)]),
  );
  const [hostPort] = server.hostPorts;
  expect(hostPort).toBeGreaterThan(1023);
  const answer = await eventually(hostPort ?? 0, 'hello\n');
  expect(answer).toContain('hello\n');
  expect(answer).toContain('0107D50A:'); // 10.213.7.1 as the peer
  await stop(server);
  await expect(talk(hostPort ?? 0, 'x')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a megabyte each way arrives whole', async () => {
  const server = await serve(
    'while true; do nc -l -p 81 -e cat; done',
    network((address) => [port('tcp', address, 81)]),
  );
  const hostPort = server.hostPorts[0] ?? 0;
  await eventually(hostPort, 'ready');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const message = 'x'.repeat(1 << 20);
  expect((await eventually(hostPort, message)).length).toBe(message.length);
  await stop(server);
});

// Without root the bridge is in a network namespace that this process is not in.
const isRoot = process.getuid?.() === 0;
test.runIf(isRoot)(
  `a published UDP port answers, each peer its own${needs('root, for a bridge of the host', isRoot)}`,
  async () => {
    // The server stands on the bridge itself: the busybox in the test image speaks no UDP.
    const echo = createSocket('udp4');
    echo.on('message', (message, peer) => {
      echo.send(`${message.toString()} ${peer.address}`, peer.port, peer.address);
    });
    echo.bind(0, '10.213.7.1');
    await once(echo, 'listening');
    const server = await serve(
      'sleep 60',
      network(() => [port('udp', '10.213.7.1', echo.address().port)]),
    );
    const ask = async (word: string): Promise<string> => {
      const socket = createSocket('udp4');
      const answered = once(socket, 'message') as Promise<[Buffer]>;
      socket.send(word, server.hostPorts[0] ?? 0, '127.0.0.1');
      const [message] = await answered;
      socket.close();
      return message.toString();
    };
    expect(await Promise.all(['a', 'b', 'c'].map(ask))).toEqual(['a 10.213.7.1', 'b 10.213.7.1', 'c 10.213.7.1']);
    echo.close();
    await stop(server);
  },
);

test('a port that is taken is refused, and nothing is left of the start', async () => {
  const holder = createServer();
  holder.listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const taken = (holder.address() as AddressInfo).port;
  const plan = network((address) => [port('tcp', address, 80), port('tcp', address, 81, taken)]);
  await expect(
    fixture.launcher.launch(await fixture.plan(processPlan(['true']), { network: plan })),
  ).rejects.toMatchObject({ kind: 'port-in-use' });
  holder.close();
  const again = await fixture.shell('true', {}, { network: plan });
  expect(again.exitCode).toBe(0);
});

test('a host program runs where the bridges are', async () => {
  const outcome = await fixture.launcher.runHelper(
    ['sh', '-c', `cat; ip -o link show ${bridge} | grep -c .; exit 4`],
    'input\n',
  );
  expect(outcome).toMatchObject({ exitCode: 4, output: 'input\n1\n' });
  expect(await fixture.launcher.runHelper(['absent-program'], '')).toMatchObject({ exitCode: 127 });
});

test('interfaces go with their containers', async () => {
  for (let attempt = 0; attempt < 600; attempt++) {
    const links = execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' });
    if (!links.includes(`master ${bridge}`)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' })).not.toContain(`master ${bridge}`);
});

test('names are answered from tables as they are now, by both protocols, and by no server that is not named', async () => {
  const tables = { own: join(fixture.directory, 'own'), network: join(fixture.directory, 'network') };
  const write = (path: string, text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  write(tables.own, `network ${tables.network}\nalias nick web\n`);
  write(tables.network, 'suffix net\nname web 10.213.7.99 fd00::99\nreverse 10.213.7.99 web.net\n');
  const server = await serve('sleep 60', { ...network(), resolver: tables.own });
  const ask = async (name: string): Promise<string> => {
    const plan = fixture.execPlan(server, processPlan(['busybox', 'nslookup', name, '127.0.0.11']));
    return (await fixture.finish(await fixture.launcher.exec(plan))).stdout;
  };
  for (const name of ['web', 'WEB', 'nick', 'web.net']) {
    expect(await ask(name), name).toMatch(/10\.213\.7\.99[\s\S]*fd00::99/);
  }
  expect(await ask('10.213.7.99')).toContain('web.net');
  expect(await ask('elsewhere.example')).toContain('SERVFAIL');
  write(tables.network, 'suffix net\nname web 10.213.7.98\n');
  expect(await ask('web')).toContain('10.213.7.98');
  rmSync(tables.network);
  expect(await ask('web')).toContain('SERVFAIL');
  // 300 bytes of nonsense, a length without a message, a length that is none: the resolver is still there after them.
  const rubbish =
    'head -c 300 /dev/zero | nc -u -w 1 127.0.0.11 53; head -c 2 /dev/zero | nc -w 1 127.0.0.11 53; yes | head -c 9000 | nc -w 1 127.0.0.11 53; true';
  await fixture.finish(await fixture.launcher.exec(fixture.execPlan(server, processPlan(['sh', '-c', rubbish]))));
  write(tables.network, 'suffix net\nname web 10.213.7.97\n');
  expect(await ask('web')).toContain('10.213.7.97');
  await stop(server);
});

test('an interface comes and goes while the container runs, and the default route with it', async () => {
  const server = await serve('sleep 60', network());
  const inside = async (...command: string[]): Promise<string> => {
    const exec = await fixture.launcher.exec(fixture.execPlan(server, processPlan(command)));
    return (await fixture.finish(exec)).stdout;
  };
  const [step] = network().endpoints;
  if (step === undefined) throw new Error('there is no endpoint');
  const second = {
    ...step,
    interfaceName: 'eth1',
    gateways: ['10.213.7.2'],
    link: { kind: 'veth', isolated: true } as const,
  };
  await fixture.launcher.connectEndpoint(server.process, second);
  expect(await inside('ip', 'route')).toContain('default via 10.213.7.2 dev eth1');
  await expect(
    fixture.launcher.connectEndpoint(server.process, { ...second, hostInterfaceName: 'again0' }),
  ).rejects.toThrow('File exists');
  expect(await inside('ip', 'addr')).toContain('eth1');
  await fixture.launcher.disconnectEndpoint(server.process, 'eth1', {
    interfaceName: 'eth0',
    gateways: ['10.213.7.1'],
  });
  expect(await inside('ip', 'route')).toContain('default via 10.213.7.1 dev eth0');
  expect(await inside('ip', 'addr')).not.toContain('eth1');
  await stop(server);
});

test('an interface can be one more of a parent, and lead out by itself', async () => {
  const server = await serve('sleep 60', network());
  const [step] = network().endpoints;
  if (step === undefined) throw new Error('there is no endpoint');
  const beside = {
    ...step,
    ...{ interfaceName: 'eth1', hostInterfaceName: '', addresses: ['10.213.8.2/24'], gateways: ['0.0.0.0'], mtu: 0 },
    link: { kind: 'macvlan', mode: 4, flags: 0 } as const,
  };
  await fixture.launcher.connectEndpoint(server.process, beside);
  const exec = await fixture.launcher.exec(fixture.execPlan(server, processPlan(['ip', 'route'])));
  expect((await fixture.finish(exec)).stdout).toContain('default dev eth1 scope link');
  await expect(
    fixture.launcher.connectEndpoint(server.process, { ...beside, interfaceName: 'eth2', bridge: 'no-parent' }),
  ).rejects.toThrow('finding interface no-parent');
  await expect(
    fixture.launcher.ensureParent({ name: 'no-parent.7', master: 'no-parent', vlan: 7, alias: 'x' }),
  ).rejects.toThrow('finding no-parent');
  await stop(server);
});

test('an interface has the settings asked for, and an unknown one leaves no interface', async () => {
  const settings = (...names: readonly string[]) => names.map((name) => ({ name, value: '1' }));
  const plan = network();
  const [step] = plan.endpoints;
  if (step === undefined) throw new Error('there is no endpoint');
  const first = {
    ...step,
    interfaceName: 'front.1',
    sysctls: settings('net.ipv4.conf.front/1.log_martians', 'net.ipv6.conf.front/1.accept_ra'),
  };
  const server = await serve('sleep 60', { ...plan, endpoints: [first] });
  const inside = async (command: string): Promise<string> => {
    const exec = await fixture.launcher.exec(fixture.execPlan(server, processPlan(['sh', '-c', command])));
    return (await fixture.finish(exec)).stdout;
  };
  expect(await inside('cd /proc/sys/net; cat ipv4/conf/front.1/log_martians ipv6/conf/front.1/accept_ra')).toBe(
    '1\n1\n',
  );
  const [second] = network().endpoints;
  if (second === undefined) throw new Error('there is no endpoint');
  await expect(
    fixture.launcher.connectEndpoint(server.process, { ...second, sysctls: settings('net.ipv4.conf.eth0.no_such') }),
  ).rejects.toThrow('setting sysctl net.ipv4.conf.eth0.no_such to 1: No such file');
  expect(await inside('ip addr')).not.toContain('eth0');
  await stop(server);
});

test('only bridges with the mark are swept away', async () => {
  const [own, other] = [`${bridge}s`, `${bridge}t`];
  await fixture.launcher.ensureBridge({ name: own, addresses: [], mtu: 1500, alias: `test ${bridge}` });
  await fixture.launcher.ensureBridge({ name: other, addresses: [], mtu: 1500, alias: `other ${bridge}` });
  const links = (): string => execFileSync('ip', ['-o', 'link']).toString();
  await fixture.launcher.sweepBridges(`test ${bridge}`, [own]);
  expect(links()).toContain(own);
  await fixture.launcher.removeOwnBridge(other, `test ${bridge}`);
  await fixture.launcher.sweepBridges(`test ${bridge}`, []);
  expect(links()).not.toContain(own);
  expect(links()).toContain(other);
  await fixture.launcher.removeOwnBridge(other, `other ${bridge}`);
  expect(links()).not.toContain(other);
  await expect(
    fixture.launcher.ensureBridge({ name: 'lo', addresses: [], mtu: 0, alias: `test ${bridge}` }),
  ).rejects.toThrow('is no bridge');
});
