import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { networkCommands } from '../fixtures/network-commands.ts';
import { freePort } from '../fixtures/registry.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** Whether the kernel knows interfaces of a kind; asked in a network namespace that is gone with the answer. */
function kernelHasLinks(kind: string): boolean {
  const detail = kind === 'vlan' ? ' id 10' : '';
  const make =
    kind === 'dummy'
      ? 'ip link add x type dummy'
      : `ip link add p type veth peer name q && ip link add link p name x type ${kind}${detail}`;
  return spawnSync('unshare', ['-n', 'sh', '-c', make]).status === 0;
}

/** Who reaches whom, and by which of a network's options, by the real docker CLI. */
describe.each(ENGINE_MODES)('isolation of networks as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  useEngine(engine, { emptied: true });

  const { ok, words, sleeper, exec, endpoint, resolve, reaches, isCutOff, refuses, remove } = networkCommands(engine);

  it('keeps networks apart, both ways, published ports included', async () => {
    ok('network', 'create', 'left');
    ok('network', 'create', 'right');
    const port = await freePort();
    ok(
      ...['run', '-d', '--name', 'left1', '--network', 'left', '-p', `${port}:80`, TEST_IMAGE, 'sh', '-c'],
      'mkdir /w; echo left > /w/index.html; exec httpd -f -p 80 -h /w',
    );
    sleeper('right1', '--network', 'right');
    sleeper('plain1');
    sleeper('left2', '--network', 'left');
    const address = endpoint('left1', 'left').IPAddress;
    expect(reaches('left2', address)).toBe(true);
    // Not wget: busybox's static one ends in the C library's resolver.
    const fetch = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${address} 80`;
    expect(exec('left2', fetch).stdout).toMatch(/\nleft\n$/);
    for (const stranger of ['right1', 'plain1']) {
      expect(isCutOff(stranger, address), stranger).toBe(true);
      expect(exec(stranger, fetch).stdout, stranger).toBe('');
    }
    expect(isCutOff('left1', endpoint('right1', 'right').IPAddress)).toBe(true);
    expect(isCutOff('left1', endpoint('plain1', 'bridge').IPAddress)).toBe(true);
    expect(resolve('right1', 'left1')).toEqual([]);
    remove(['left1', 'right1', 'plain1', 'left2'], ['left', 'right']);
  });

  it('leaves no way out of an internal network, by name (CVE-2024-29018) or by address', () => {
    ok('network', 'create', '--internal', 'inside');
    ok('network', 'create', 'outside');
    sleeper('shut', '--network', 'inside', '--cap-add', 'NET_ADMIN');
    sleeper('peer', '--network', 'inside');
    sleeper('open', '--network', 'outside');
    expect(exec('shut', 'ip route').stdout).not.toContain('default');
    expect(reaches('shut', endpoint('peer', 'inside').IPAddress)).toBe(true);
    expect(resolve('shut', 'peer')).toHaveLength(1);
    expect(exec('shut', 'busybox nslookup example.com').stdout).toContain('SERVFAIL');
    // Even one that makes itself a route comes no further than the bridge.
    const gateway = endpoint('shut', 'inside').Gateway;
    expect(exec('shut', `ip route add default via ${gateway}`).code).toBe(0);
    expect(isCutOff('shut', endpoint('open', 'outside').IPAddress)).toBe(true);
    expect(isCutOff('shut', endpoint('open', 'outside').Gateway)).toBe(true);
    expect(isCutOff('open', endpoint('shut', 'inside').IPAddress)).toBe(true);
    remove(['shut', 'peer', 'open'], ['inside', 'outside']);
  });

  it('separates neighbours with enable_icc=false', () => {
    ok('network', 'create', '-o', 'com.docker.network.bridge.enable_icc=false', 'quiet');
    sleeper('quiet1', '--network', 'quiet');
    sleeper('quiet2', '--network', 'quiet');
    expect(isCutOff('quiet1', endpoint('quiet2', 'quiet').IPAddress)).toBe(true);
    expect(reaches('quiet1', endpoint('quiet1', 'quiet').Gateway)).toBe(true);
    remove(['quiet1', 'quiet2'], ['quiet']);
  });

  const GATEWAY_MODE = 'com.docker.network.bridge.gateway_mode_ipv4';
  const serve = (name: string, network: string): string => {
    const serves = 'mkdir /w; echo here > /w/index.html; httpd -p 80 -h /w; exec httpd -f -p 81 -h /w';
    ok('run', '-d', '--name', name, '--network', network, '-p', '80', TEST_IMAGE, 'sh', '-c', serves);
    return endpoint(name, network).IPAddress;
  };
  // Not wget: busybox's static one ends in the C library's resolver.
  const get = (address: string, port: number): string =>
    `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 2 ${address} ${port} | tail -n 1`;

  it('opens what a container publishes on a network that is routed, and nothing else', async () => {
    ok('network', 'create', '-o', `${GATEWAY_MODE}=routed`, '--subnet', '10.47.8.0/24', 'routed');
    ok('network', 'create', 'plain');
    const address = serve('open', 'routed');
    sleeper('asks', '--network', 'plain');
    await expect.poll(() => exec('asks', get(address, 80)).stdout).toBe('here\n');
    expect(reaches('asks', address)).toBe(true);
    expect(exec('asks', get(address, 81)).stdout).toBe('');
    expect(isCutOff('open', endpoint('asks', 'plain').IPAddress)).toBe(true);
    expect(ok('inspect', '-f', '{{json .NetworkSettings.Ports}}', 'open')).toBe(
      '{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":""}]}',
    );
    expect(ok('ps', '-f', 'name=open', '--format', '{{.Ports}}')).toBe('80/tcp');
    // Also when it comes there while it runs, and only as long as it leads out there.
    ok(
      'run',
      '-d',
      '--name',
      'comes',
      '-p',
      '80',
      TEST_IMAGE,
      'sh',
      '-c',
      'mkdir /w; echo here > /w/index.html; exec httpd -f -p 80 -h /w',
    );
    ok('network', 'connect', '--gw-priority', '1', 'routed', 'comes');
    const second = endpoint('comes', 'routed').IPAddress;
    await expect.poll(() => exec('asks', get(second, 80)).stdout).toBe('here\n');
    await engine.crash();
    expect(exec('asks', get(second, 80)).stdout).toBe('here\n');
    ok('network', 'create', 'first');
    ok('network', 'connect', '--gw-priority', '2', 'first', 'comes');
    expect(exec('asks', get(second, 80)).stdout).toBe('');
    remove(['comes'], ['first']);
    // What was open is not open for whoever has the address next.
    ok('rm', '-f', 'open');
    const serves = 'mkdir /w; echo shut > /w/index.html; exec httpd -f -p 80 -h /w';
    ok('run', '-d', '--name', 'shut', '--network', 'routed', '--ip', address, TEST_IMAGE, 'sh', '-c', serves);
    expect(exec('asks', get(address, 80)).stdout).toBe('');
    remove(['shut', 'asks'], ['routed', 'plain']);
  });

  it('lets other machines in as the network says', async (context) => {
    if (mode !== 'root') context.skip('other machines have no route into the engine’s own network namespace');
    const created = Object.fromEntries(
      ['nat', 'routed', 'nat-unprotected'].map((kind) => {
        ok('network', 'create', '-o', `${GATEWAY_MODE}=${kind}`, kind);
        return [kind, serve(`on-${kind}`, kind)];
      }),
    );
    const other = spawn('unshare', ['-n', 'sleep', '100'], { stdio: 'ignore' });
    const inside = (...argv: string[]): string =>
      execFileSync('nsenter', ['-t', String(other.pid), '-n', ...argv]).toString();
    try {
      await expect.poll(() => inside('cat', '/proc/net/dev')).not.toContain('eth0');
      const peer = ['peer', 'name', 'machine1', 'netns', String(other.pid)];
      execFileSync('ip', ['link', 'add', 'machine0', 'type', 'veth', ...peer]);
      execFileSync('ip', ['addr', 'add', '198.51.100.1/24', 'dev', 'machine0']);
      execFileSync('ip', ['link', 'set', 'machine0', 'up']);
      inside('ip', 'addr', 'add', '198.51.100.2/24', 'dev', 'machine1');
      inside('ip', 'link', 'set', 'machine1', 'up');
      inside('ip', 'route', 'add', 'default', 'via', '198.51.100.1');
      const asked = (kind: string, port: number): string => inside('sh', '-c', get(created[kind] ?? '', port));
      await expect.poll(() => asked('routed', 80)).toBe('here\n');
      await expect.poll(() => asked('nat-unprotected', 80)).toBe('here\n');
      expect([asked('nat-unprotected', 81), asked('routed', 81), asked('nat', 80)]).toEqual(['here\n', '', '']);
    } finally {
      other.kill('SIGKILL');
      execFileSync('sh', ['-c', 'ip link delete machine0 || true'], { stdio: 'ignore' });
      remove(['on-nat', 'on-routed', 'on-nat-unprotected'], Object.keys(created));
    }
  });

  it('keeps the host itself off an isolated network', () => {
    refuses(/'isolated' can only be used for an internal/, 'network', 'create', '-o', `${GATEWAY_MODE}=isolated`, 'x');
    ok('network', 'create', '--internal', '-o', `${GATEWAY_MODE}=isolated`, '--subnet', '10.47.9.0/24', 'alone');
    sleeper('one', '--network', 'alone');
    sleeper('two', '--network', 'alone');
    expect(endpoint('one', 'alone')).toMatchObject({ Gateway: '', IPAddress: '10.47.9.1' });
    expect(reaches('one', endpoint('two', 'alone').IPAddress)).toBe(true);
    expect(ok('network', 'inspect', '-f', '{{json .IPAM.Config}}', 'alone')).toBe('[{"Subnet":"10.47.9.0/24"}]');
    remove(['one', 'two'], ['alone']);
  });

  it('puts containers beside the host on an interface of it, as root alone', () => {
    const create = ['network', 'create', '-d', 'macvlan', '--subnet', '10.47.0.0/24', '-o', 'parent=parent0', 'lan'];
    if (mode !== 'root') {
      refuses(/driver macvlan shares an interface of the host, for which the engine has to be run as root/, ...create);
      return;
    }
    refuses(/example formatting is eth0.10/, ...create);
    execFileSync('ip', ['link', 'add', 'parent0', 'type', 'veth', 'peer', 'name', 'router0']);
    try {
      for (const name of ['parent0', 'router0']) execFileSync('ip', ['link', 'set', name, 'up']);
      execFileSync('ip', ['addr', 'add', '10.47.0.1/24', 'dev', 'router0']);
      ok(...create);
      sleeper('near', '--network', 'lan', '--mac-address', '02:42:0a:2f:00:63');
      sleeper('far', '--network', 'lan', '-p', '80');
      expect(reaches('near', endpoint('far', 'lan').IPAddress)).toBe(true);
      expect(exec('near', 'ip route').stdout).toContain('default via 10.47.0.1');
      expect(resolve('near', 'far')).toEqual([endpoint('far', 'lan').IPAddress]);
      expect(ok('port', 'far')).toBe('');
      // At once with the same address, which the parent may know still.
      ok('restart', '-t', '0', 'near');
      expect(reaches('near', '10.47.0.1')).toBe(true);
      // Nor do its neighbours go on asking for the interface it had: each run has another.
      ok('restart', '-t', '0', 'far');
      expect(reaches('near', endpoint('far', 'lan').IPAddress)).toBe(true);
      ok('network', 'disconnect', 'lan', 'far');
      ok('network', 'connect', 'lan', 'far');
      expect(reaches('near', endpoint('far', 'lan').IPAddress)).toBe(true);
      remove(['near', 'far'], ['lan']);
      expect(execFileSync('ip', ['-o', 'link']).toString()).toContain('parent0');
    } finally {
      execFileSync('ip', ['link', 'delete', 'parent0']);
    }
  });

  it.for([
    { driver: 'macvlan', parent: '', options: [], kinds: ['dummy', 'macvlan'], route: null },
    { driver: 'macvlan', parent: 'parent1.10', options: [], kinds: ['vlan', 'macvlan'], route: 'via 10.47.1.1' },
    { driver: 'ipvlan', parent: '', options: [], kinds: ['dummy', 'ipvlan'], route: null },
    { driver: 'ipvlan', parent: 'parent1', options: [], kinds: ['ipvlan'], route: 'via 10.47.1.1' },
    {
      driver: 'ipvlan',
      parent: 'parent1.10',
      options: ['ipvlan_mode=l2'],
      kinds: ['vlan', 'ipvlan'],
      route: 'via 10.47.1.1',
    },
    {
      driver: 'ipvlan',
      parent: 'parent1',
      options: ['ipvlan_mode=l3'],
      kinds: ['ipvlan'],
      route: 'dev eth0 scope link',
    },
    {
      driver: 'ipvlan',
      parent: 'parent1',
      options: ['ipvlan_mode=l3s'],
      kinds: ['ipvlan'],
      route: 'dev eth0 scope link',
    },
  ] as const)(
    'puts containers on $driver of $parent $options',
    ({ driver, parent, options, kinds, route }, context) => {
      if (mode !== 'root') context.skip('an ordinary user has no interface of the host to share');
      const missing = kinds.filter((kind) => !kernelHasLinks(kind));
      if (missing.length > 0) context.skip(`this kernel has no interfaces of kind ${missing.join(' and ')}`);
      const links = (): string => execFileSync('ip', ['-o', 'link']).toString();
      execFileSync('ip', ['link', 'add', 'parent1', 'type', 'veth', 'peer', 'name', 'router1']);
      try {
        for (const name of ['parent1', 'router1']) execFileSync('ip', ['link', 'set', name, 'up']);
        const given = [...(parent === '' ? [] : [`parent=${parent}`]), ...options].flatMap((option) => ['-o', option]);
        const id = ok('network', 'create', '-d', driver, '--subnet', '10.47.1.0/24', ...given, 'lan1');
        sleeper('near', '--network', 'lan1');
        sleeper('far', '--network', 'lan1');
        expect(reaches('near', endpoint('far', 'lan1').IPAddress)).toBe(true);
        const routes = exec('near', 'ip route').stdout;
        if (route === null) expect(routes).not.toContain('default');
        else expect(routes).toContain(`default ${route}`);
        ok('restart', '-t', '0', 'far');
        expect(reaches('near', endpoint('far', 'lan1').IPAddress)).toBe(true);
        // Of the interfaces only those that the host had stay.
        const made = parent === '' ? `dm-${id.slice(0, 12)}` : 'parent1.10@';
        expect(links().includes(made)).toBe(parent !== 'parent1');
        remove(['near', 'far'], ['lan1']);
        expect(links()).not.toContain(made);
        expect(links()).toContain('parent1@');
      } finally {
        execFileSync('ip', ['link', 'delete', 'parent1']);
      }
    },
  );

  it('has the default bridge that the configuration asks for', async () => {
    const configured = async (configuration: object): Promise<void> => {
      await engine.stop();
      writeFileSync(`${engine.dataRoot}/engine.json`, JSON.stringify(configuration));
      await engine.start();
    };
    const onBridgeOfTheHost = async (): Promise<void> => {
      const routers = '/proc/sys/net/ipv6/conf/berthtest0/accept_ra';
      execFileSync('sh', [
        '-c',
        'ip link add berthtest0 type bridge && ip addr add 10.48.9.7/24 dev berthtest0 && ip link set berthtest0 up',
      ]);
      try {
        const before = readFileSync(routers, 'utf8');
        await configured({ bridge: 'berthtest0', 'fixed-cidr': '10.48.9.128/25' });
        sleeper('first', '-p', '80');
        sleeper('second');
        expect(endpoint('first', 'bridge')).toMatchObject({
          IPAddress: '10.48.9.128',
          Gateway: '10.48.9.7',
          IPPrefixLen: 24,
        });
        expect(reaches('first', endpoint('second', 'bridge').IPAddress)).toBe(true);
        expect(reaches('first', '10.48.9.7')).toBe(true);
        remove(['first', 'second'], []);
        await configured({});
        // As it was.
        const shown = execFileSync('ip', ['addr', 'show', 'berthtest0']).toString();
        expect(shown.match(/inet .*/g)).toEqual([expect.stringMatching(/^inet 10\.48\.9\.7\/24 /)]);
        expect(shown).not.toContain('alias');
        expect(readFileSync(routers, 'utf8')).toBe(before);
      } finally {
        execFileSync('ip', ['link', 'delete', 'berthtest0']);
      }
    };
    await configured({
      ...{ bip: '10.48.0.1/24', 'fixed-cidr': '10.48.0.128/25', ipv6: true, 'fixed-cidr-v6': 'fd00:48::/64' },
      ...{ icc: false, ip: '127.0.0.1', mtu: 1400 },
    });
    sleeper('first', '-p', '80');
    sleeper('second');
    expect(endpoint('first', 'bridge')).toMatchObject({ IPAddress: '10.48.0.128', Gateway: '10.48.0.1' });
    expect(exec('first', 'ip -o addr; ip link show eth0').stdout).toMatch(
      /10\.48\.0\.128\/24[^]*fd00:48::2\/64[^]*mtu 1400/,
    );
    expect(isCutOff('first', endpoint('second', 'bridge').IPAddress)).toBe(true);
    expect(ok('port', 'first')).toMatch(/^80\/tcp -> 127\.0\.0\.1:\d+$/);
    remove(['first', 'second'], []);
    if (mode === 'root') await onBridgeOfTheHost();
    await configured({ bridge: 'none' });
    expect(words(ok('network', 'ls', '--format', '{{.Name}}')).sort()).toEqual(['host', 'none']);
    expect(ok('run', '--rm', TEST_IMAGE, 'ls', '/sys/class/net')).not.toContain('eth0');
    await configured({});
  });
});
