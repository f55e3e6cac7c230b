import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dockerd } from '../fixtures/dockerd.ts';
import { EngineProcess } from '../fixtures/engine-process.ts';
import { noPodman, Podman } from '../fixtures/podman.ts';
import { loadTestImage, rootFilesystemTar, TEST_IMAGE } from '../fixtures/test-image.ts';

/** A network namespace, held by a process that does nothing. */
async function namespace(): Promise<ChildProcess> {
  const holder = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(holder.stdout, 'data');
  return holder;
}

/**
 * An engine of root on a machine of its own, as far as networks go: in one namespace, with the outside in another. There
 * the host's firewall can be what it likes.
 */
const isRoot = process.getuid?.() === 0;
describe.runIf(isRoot)(`outside networks, as root${isRoot ? '' : ' (skipped: needs root)'}`, () => {
  const engine = new EngineProcess('root');
  let machine: ChildProcess;
  let outside: ChildProcess;
  const within = (holder: ChildProcess, ...command: string[]): string =>
    execFileSync('nsenter', ['-t', String(holder.pid), '-n', ...command]).toString();
  const ok = (...args: string[]): string => engine.dockerOk(args);
  const ping = (address: string): string => `ping -c 2 -W 1 ${address} > /dev/null && echo reached || echo lost`;

  beforeAll(async () => {
    [machine, outside] = await Promise.all([namespace(), namespace()]);
    within(machine, 'ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'out0', 'netns', String(outside.pid));
    const addresses: [ChildProcess, string, string, string][] = [
      [machine, 'up0', '192.0.2.2/24', '2001:db8::2/64'],
      [outside, 'out0', '192.0.2.1/24', '2001:db8::1/64'],
    ];
    for (const [holder, link, address, address6] of addresses) {
      within(holder, 'ip', 'link', 'set', 'lo', 'up');
      within(holder, 'ip', 'addr', 'add', address, 'dev', link);
      within(holder, 'ip', 'addr', 'add', address6, 'dev', link, 'nodad');
      within(holder, 'ip', 'link', 'set', link, 'up');
    }
    within(outside, 'ip', 'addr', 'add', '198.51.100.1/32', 'dev', 'lo');
    within(machine, 'ip', 'route', 'add', 'default', 'via', '192.0.2.1');
    within(machine, 'ip', '-6', 'route', 'add', 'default', 'via', '2001:db8::1');
    // As dockerd and ufw leave it.
    within(machine, 'iptables', '-P', 'FORWARD', 'DROP');
    within(machine, 'ip6tables', '-P', 'FORWARD', 'DROP');
    engine.networkOf = machine.pid ?? 0;
    await engine.start();
    await loadTestImage(engine);
  });

  afterAll(async () => {
    ok('network', 'prune', '-f');
    await engine.dispose();
    expect(within(machine, 'nft', 'list', 'tables')).not.toContain('berth');
    expect(within(machine, 'iptables', '-S', 'FORWARD').trim()).toBe('-P FORWARD DROP');
    expect(within(machine, 'ip', '-o', 'link')).not.toContain('br-');
    machine.kill();
    outside.kill();
  });

  it('are reached from the default bridge and from others, in both families', () => {
    expect(ok('run', '--rm', TEST_IMAGE, 'sh', '-c', ping('198.51.100.1'))).toBe('reached');
    ok('network', 'create', '--ipv6', 'six');
    const both = `${ping('198.51.100.1')}; ${ping('2001:db8::1')}`;
    expect(ok('run', '--rm', '--network', 'six', TEST_IMAGE, 'sh', '-c', both)).toBe('reached\nreached');
  });

  it('are reached again, and stay behind the rules, once a container starts after somebody has flushed the firewall', async () => {
    const ours = (): string => within(machine, 'nft', '-a', 'list', 'tables').match(/.*berth_.*/)?.[0] ?? '';
    const accepts = (): string[] => within(machine, 'iptables', '-S', 'FORWARD').match(/-A FORWARD .*berth_.*/g) ?? [];
    ok('run', '-d', '--name', 'stays', TEST_IMAGE, 'sleep', '1000');
    const before = accepts();
    expect(before.length).toBeGreaterThan(0);
    const table = ours();
    // As long as nobody does, nothing is asserted: the table's handle stays what it was.
    for (let runs = 0; runs < 3; runs += 1) ok('run', '--rm', TEST_IMAGE, 'true');
    expect(ours()).toBe(table);
    within(machine, 'iptables', '-F', 'FORWARD');
    expect(ok('exec', 'stays', 'sh', '-c', ping('198.51.100.1'))).toBe('lost');
    ok('run', '--rm', TEST_IMAGE, 'true');
    await expect.poll(() => accepts().sort()).toEqual(before.sort());
    expect(ok('exec', 'stays', 'sh', '-c', ping('198.51.100.1'))).toBe('reached');
    within(machine, 'nft', 'delete', 'table', 'inet', table.split(' ')[2] ?? '');
    ok('run', '--rm', TEST_IMAGE, 'true');
    await expect.poll(ours).not.toBe('');
    expect(ok('exec', 'stays', 'sh', '-c', ping('198.51.100.1'))).toBe('reached');
    ok('rm', '-f', 'stays');
  });

  it('are out of reach from an internal network, even over a route of its own making', () => {
    ok('network', 'create', '--internal', '--subnet', '10.61.0.0/24', 'inside');
    const script = `${ping('198.51.100.1')}; ip route add default via 10.61.0.1; ${ping('198.51.100.1')}`;
    const flags = ['--rm', '--network', 'inside', '--cap-add', 'NET_ADMIN'];
    expect(ok('run', ...flags, TEST_IMAGE, 'sh', '-c', script)).toBe('lost\nlost');
  });

  it('do not reach a container by its address, with a route to it or not', () => {
    ok('network', 'create', '--subnet', '10.62.0.0/24', 'shut');
    ok('run', '-d', '--name', 'server', '--network', 'shut', TEST_IMAGE, 'sleep', '1000');
    within(outside, 'ip', 'route', 'add', '10.62.0.0/24', 'via', '192.0.2.2');
    expect(within(machine, 'sh', '-c', `busybox ${ping('10.62.0.2')}`).trim()).toBe('reached');
    expect(within(outside, 'sh', '-c', `busybox ${ping('10.62.0.2')}`).trim()).toBe('lost');
    ok('rm', '-f', 'server');
  });

  it('leave the sender of what containers tell each other alone, whatever rules are left on the host', () => {
    // As a dockerd leaves it that had the same subnet once.
    const leftover = ['-s', '10.63.0.0/24', '!', '-o', 'docker0', '-j', 'MASQUERADE'];
    within(machine, 'iptables', '-t', 'nat', '-A', 'POSTROUTING', ...leftover);
    ok('network', 'create', '--subnet', '10.63.0.0/24', 'talk');
    ok('run', '-d', '--name', 'hears', '--network', 'talk', TEST_IMAGE, 'httpd', '-f', '-v', '-p', '80', '-h', '/etc');
    const asks = ['--network', 'talk', '--ip', '10.63.0.9', TEST_IMAGE, 'wget', '-qO-', 'http://hears/os-release'];
    expect(ok('run', '--rm', ...asks)).toContain('NAME=test');
    expect(engine.docker(['logs', 'hears']).stderr).toMatch(/\b10\.63\.0\.9\b/);
    ok('rm', '-f', 'hears');
    within(machine, 'iptables', '-t', 'nat', '-D', 'POSTROUTING', ...leftover);
  });

  const lacking = noPodman();
  it.runIf(lacking === '')(
    `are reached beside podman and its network${lacking === '' ? '' : ` (skipped: ${lacking})`}`,
    async () => {
      ok('run', '-d', '--name', 'ours', '-p', '8103:80', TEST_IMAGE, 'httpd', '-f', '-p', '80', '-h', '/etc');
      const podman = new Podman();
      try {
        await podman.start(machine.pid ?? 0);
        podman.ok(['import', '-', TEST_IMAGE], await rootFilesystemTar());
        podman.ok(['run', '-d', '--name', 'theirs', '-p', '8104:80', TEST_IMAGE, '/bin/httpd', '-f', '-h', '/etc']);
        const theirs = podman.ok(['inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'theirs']);
        const ours = ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'ours');
        const script = [ping('198.51.100.1'), ping(ours), ping(theirs)].join('; ');
        expect(ok('run', '--rm', TEST_IMAGE, 'sh', '-c', script)).toBe('reached\nreached\nlost');
        const inPodman = podman.ok(['run', '--rm', TEST_IMAGE, '/bin/sh', '-c', `PATH=/bin; ${script}`]);
        expect(inPodman).toBe('reached\nlost\nreached');
        const published = 'wget -qO- http://192.0.2.2:8104/os-release';
        expect(ok('run', '--rm', TEST_IMAGE, 'sh', '-c', published)).toContain('NAME=test');
        for (const port of ['8103', '8104']) {
          const page = within(machine, 'busybox', 'wget', '-qO-', `http://127.0.0.1:${port}/os-release`);
          expect(page, port).toContain('NAME=test');
        }
        // A network made while podman has its own does not take the same addresses.
        ok('network', 'create', 'beside');
        const subnet = ok('network', 'inspect', '-f', '{{range .IPAM.Config}}{{.Subnet}}{{end}}', 'beside');
        expect(subnet).not.toBe('10.88.0.0/16');
        podman.stop();
        expect(ok('run', '--rm', TEST_IMAGE, 'sh', '-c', ping('198.51.100.1'))).toBe('reached');
      } finally {
        podman.stop();
        ok('rm', '-f', 'ours');
        // Its bridge and its rules, which it leaves behind.
        const rules = within(machine, 'iptables', '-S', 'FORWARD').split('\n');
        within(machine, 'ip', 'link', 'del', 'cni-podman0');
        for (const [at, rule] of rules.filter((line) => !line.startsWith('-P')).entries())
          if (rule.includes('CNI-FORWARD')) within(machine, 'iptables', '-D', 'FORWARD', String(at + 1));
        for (const words of ['-F', '-X'])
          for (const chain of ['CNI-FORWARD', 'CNI-ADMIN']) within(machine, 'iptables', words, chain);
        for (const words of ['-F', '-X']) within(machine, 'iptables', '-t', 'nat', words);
      }
    },
  );

  it('are reached beside dockerd, and neither reaches the containers of the other', async () => {
    ok('run', '-d', '--name', 'ours', '-p', '8101:80', TEST_IMAGE, 'httpd', '-f', '-p', '80', '-h', '/etc');
    const dockerd = new Dockerd();
    const docker = (...args: string[]): string => {
      const { status, stdout, stderr } = dockerd.docker(args);
      expect(status, `docker ${args.join(' ')}: ${stderr.toString()}`).toBe(0);
      return stdout.toString().trim();
    };
    const inDocker = (script: string): string =>
      docker('run', '--rm', TEST_IMAGE, '/bin/sh', '-c', `PATH=/bin; ${script}`);
    try {
      expect(await dockerd.start(machine.pid)).toBeNull();
      dockerd.docker(['import', '-', TEST_IMAGE], await rootFilesystemTar());
      docker('run', '-d', '--name', 'theirs', '-p', '8102:80', TEST_IMAGE, '/bin/httpd', '-f', '-h', '/etc');
      const theirs = docker('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'theirs');
      const ours = ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'ours');
      // Bridged frames go through dockerd's rules too, since it turned that on.
      const script = [ping('198.51.100.1'), ping(ours), ping(theirs)].join('; ');
      expect(ok('run', '--rm', TEST_IMAGE, 'sh', '-c', script)).toBe('reached\nreached\nlost');
      expect(inDocker(script)).toBe('reached\nlost\nreached');
      const published = 'wget -qO- http://192.0.2.2:8102/os-release';
      expect(ok('run', '--rm', TEST_IMAGE, 'sh', '-c', published)).toContain('NAME=test');
      for (const port of ['8101', '8102']) {
        const page = within(machine, 'busybox', 'wget', '-qO-', `http://127.0.0.1:${port}/os-release`);
        expect(page, port).toContain('NAME=test');
      }
      await dockerd.stop();
      expect(ok('run', '--rm', TEST_IMAGE, 'sh', '-c', ping('198.51.100.1'))).toBe('reached');
    } finally {
      await dockerd.stop();
      ok('rm', '-f', 'ours');
      // Its rules, which it leaves behind.
      for (const words of ['-F', '-X']) within(machine, 'iptables', words);
    }
  }, 120_000);
});
