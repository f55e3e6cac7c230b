import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { fetchText } from '../fixtures/fetch-text.ts';
import { networkCommands } from '../fixtures/network-commands.ts';
import { freePort } from '../fixtures/registry.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** Networks by the real docker CLI. */
describe.each(ENGINE_MODES)('docker network as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  useEngine(engine, { emptied: true });

  const { ok, words, sleeper, exec, endpoints, endpoint, resolve, reaches, refuses, remove } = networkCommands(engine);

  it('creates, lists, inspects and removes', async () => {
    const id = ok(
      ...['network', 'create', '--subnet', '10.41.0.0/16', '--ip-range', '10.41.8.0/24', '--gateway', '10.41.8.254'],
      ...[
        '--aux-address',
        'router=10.41.8.1',
        '--label',
        'team=red',
        '--opt',
        'com.docker.network.driver.mtu=1400',
        'plain',
      ],
    );
    const [shown] = JSON.parse(ok('network', 'inspect', 'plain')) as Record<string, unknown>[];
    expect(shown).toMatchObject({
      Name: 'plain',
      Id: id,
      Scope: 'local',
      Driver: 'bridge',
      EnableIPv4: true,
      EnableIPv6: false,
      Internal: false,
      IPAM: {
        Driver: 'default',
        Config: [
          {
            Subnet: '10.41.0.0/16',
            IPRange: '10.41.8.0/24',
            Gateway: '10.41.8.254',
            AuxiliaryAddresses: { router: '10.41.8.1' },
          },
        ],
      },
      Options: { 'com.docker.network.driver.mtu': '1400' },
      Labels: { team: 'red' },
      Containers: {},
    });
    const run = ok(
      'run',
      '--rm',
      '--network',
      'plain',
      TEST_IMAGE,
      'sh',
      '-c',
      'ip -o addr show eth0; ip route; ip link show eth0',
    );
    expect(run).toContain('10.41.8.0/16');
    expect(run).toContain('default via 10.41.8.254');
    expect(run).toContain('mtu 1400');
    const names = (...filters: string[]): string[] =>
      words(ok('network', 'ls', '--format', '{{.Name}}', ...filters.flatMap((filter) => ['-f', filter]))).sort();
    expect(names()).toEqual(['bridge', 'host', 'none', 'plain']);
    expect(names('label=team')).toEqual(['plain']);
    expect(names('label=team=blue')).toEqual([]);
    expect(names('type=builtin')).toEqual(['bridge', 'host', 'none']);
    expect(names('driver=bridge', 'name=lai')).toEqual(['plain']);
    expect(names(`id=${id.slice(0, 6)}`)).toEqual(['plain']);
    expect(names('dangling=true')).toEqual(['plain']);
    expect(names('scope=swarm')).toEqual([]);
    refuses(/invalid filter/, 'network', 'ls', '-f', 'colour=red');
    refuses(/network with name plain already exists/, 'network', 'create', 'plain');
    refuses(/Pool overlaps with other one on this address space/, 'network', 'create', '--subnet', '10.41.9.0/24', 'x');
    refuses(/predefined/, 'network', 'create', 'host');
    refuses(/pre-defined network and cannot be removed/, 'network', 'rm', 'bridge');
    refuses(/not found/, 'network', 'create', '-d', 'absent', 'x');
    ok('network', 'create', '--config-only', '--subnet', '10.42.0.0/24', 'pattern');
    ok('network', 'create', '--config-from', 'pattern', 'made');
    expect(JSON.parse(ok('network', 'inspect', 'pattern', 'made'))).toMatchObject([
      { Driver: 'null', ConfigOnly: true, ConfigFrom: { Network: '' } },
      { ConfigOnly: false, ConfigFrom: { Network: 'pattern' }, IPAM: { Config: [{ Subnet: '10.42.0.0/24' }] } },
    ]);
    refuses(/configuration network "pattern" is in use/, 'network', 'rm', 'pattern');
    expect(engine.docker(['run', '--rm', '--network', 'pattern', TEST_IMAGE, 'true']).stderr).toContain(
      'cannot create endpoint on configuration-only network',
    );
    sleeper('on-made', '--network', 'made');
    expect(ok('network', 'prune', '-f', '--filter', 'label!=team')).toBe('');
    remove(['on-made'], []);
    expect(words(ok('network', 'prune', '-f', '--filter', 'label!=team')).slice(1)).toEqual(['made', 'pattern']);
    expect((await engine.api('GET', '/networks/')).status).toBe(200);
    expect((await engine.api('DELETE', '/networks/bridge')).status).toBe(403);
    expect((await engine.api('POST', '/networks/create', { Name: 'plain' })).status).toBe(409);
    expect((await engine.api('POST', '/networks/create', { Name: '' })).status).toBe(400);
    ok('network', 'rm', 'plain');
    expect((await engine.api('DELETE', '/networks/plain')).status).toBe(404);
    expect(names()).toEqual(['bridge', 'host', 'none']);
  });

  it('keeps to addresses that were asked for, of both families, and gives each once', () => {
    ok('network', 'create', '--subnet', '10.42.0.0/24', '--subnet', 'fd42::/64', '--ipv6', 'six');
    sleeper(
      'fixed',
      '--network',
      'six',
      '--ip',
      '10.42.0.77',
      '--ip6',
      'fd42::77',
      '--mac-address',
      '02:42:00:00:00:77',
    );
    expect(endpoint('fixed', 'six')).toMatchObject({
      IPAddress: '10.42.0.77',
      GlobalIPv6Address: 'fd42::77',
      MacAddress: '02:42:00:00:00:77',
    });
    expect(ok('inspect', '-f', '{{.Config.MacAddress}}', 'fixed')).toBe('02:42:00:00:00:77');
    sleeper('other', '--network', 'six');
    expect(reaches('other', '10.42.0.77')).toBe(true);
    expect(reaches('other', 'fd42::77')).toBe(true);
    expect(resolve('other', 'fixed').sort()).toEqual(['10.42.0.77', 'fd42::77']);
    expect(engine.docker(['run', '--rm', '--network', 'six', '--ip', '10.42.0.77', TEST_IMAGE, 'true'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('Address already in use') as string,
    });
    expect(engine.docker(['run', '--rm', '--ip', '172.17.0.9', TEST_IMAGE, 'true'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('user defined networks only') as string,
    });
    remove(['fixed', 'other'], ['six']);
  });

  it('refuses to remove a network that is in use, and prunes those that are not', () => {
    ok('network', 'create', 'busy');
    ok('network', 'create', 'idle');
    sleeper('user', '--network', 'busy');
    refuses(/network busy has active endpoints \(name:"user"/, 'network', 'rm', 'busy');
    expect(ok('network', 'prune', '-f')).toMatch(/Deleted Networks:\s+idle$/);
    expect(words(ok('network', 'ls', '-q', '-f', 'name=busy'))).toHaveLength(1);
    remove(['user'], ['busy']);
  });

  it.for<readonly [string, () => Promise<void> | void]>([
    ['and it is restarted', () => void ok('restart', '-t', '0', 'again')],
    [
      'and a new engine starts it',
      async () => {
        ok('stop', '-t', '0', 'again');
        await engine.crash();
        ok('start', 'again');
      },
    ],
    [
      'and it ended while no engine looked',
      async () => {
        const pid = Number(ok('inspect', '-f', '{{.State.Pid}}', 'again'));
        await engine.stop('SIGKILL');
        process.kill(pid, 'SIGKILL');
        await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
        await engine.start();
        ok('start', 'again');
      },
    ],
  ])(
    'reaches the new run of a container while something keeps the last one’s network, %s',
    async ([, again], context) => {
      if (process.getuid?.() !== 0) context.skip('needs root, to enter a network namespace');
      engine.dockerOk(['network', 'create', 'again']);
      const answers = 'while :; do echo here | nc -l -p 99; done';
      engine.dockerOk(['run', '-d', '--name', 'again', '--network', 'again', TEST_IMAGE, 'sh', '-c', answers]);
      engine.dockerOk(['run', '-d', '--name', 'asks', '--network', 'again', TEST_IMAGE, 'sleep', '600']);
      const pid = engine.dockerOk(['inspect', '-f', '{{.State.Pid}}', 'again']);
      const peer = engine.dockerOk([
        'inspect',
        '-f',
        '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
        'asks',
      ]);
      // It speaks, too: the bridge would take its place for the address's.
      const speaks = `while :; do /bin/busybox ping -c 1 -w 1 ${peer}; sleep 0.2; done`;
      const keeper = spawn('nsenter', ['-t', pid, '-n', 'sh', '-c', speaks], { stdio: 'ignore', detached: true });
      try {
        const links = (): string =>
          execFileSync('nsenter', ['-t', String(keeper.pid), '-n', 'cat', '/proc/net/dev']).toString();
        expect(links()).toContain('eth0:');
        await again();
        expect(links()).not.toContain('eth0:');
        // Now and then nobody listens, between two of its answers.
        const asked = 'for i in $(seq 30); do nc -w 2 again 99 </dev/null; sleep 0.1; done | head -n 8';
        const ask = ['exec', 'asks', 'sh', '-c', asked];
        expect(engine.docker(ask)).toMatchObject({ code: 0, stdout: 'here\n'.repeat(8) });
      } finally {
        process.kill(-(keeper.pid ?? 0), 'SIGKILL');
        engine.dockerOk(['rm', '-f', 'again', 'asks']);
        engine.dockerOk(['network', 'rm', 'again']);
      }
    },
  );

  it('keeps the default subnet below its containers when the host has come to use it before a new engine', async (context) => {
    if (process.getuid?.() !== 0) context.skip('needs root, to add a route');
    const subnet = (): string => ok('network', 'inspect', '-f', '{{range .IPAM.Config}}{{.Subnet}}{{end}}', 'bridge');
    const before = subnet();
    sleeper('stays');
    // Of the lowest priority: engines of other tests that have this subnet by chance take no notice.
    const route = ['blackhole', before, 'metric', '9999'];
    execFileSync('ip', ['route', 'add', ...route]);
    try {
      await engine.crash();
      expect(subnet()).toBe(before);
      sleeper('comes');
      expect(reaches('comes', endpoint('stays', 'bridge').IPAddress)).toBe(true);
    } finally {
      execFileSync('ip', ['route', 'delete', ...route]);
      remove(['stays', 'comes'], []);
    }
  });

  it('connects and disconnects a container that runs', async () => {
    const port = await freePort();
    ok('network', 'create', '--subnet', '10.45.0.0/24', 'one');
    ok('network', 'create', '--subnet', '10.46.0.0/24', 'two');
    ok(
      ...['run', '-d', '--name', 'mover', '-p', `127.0.0.1:${port}:80`, TEST_IMAGE, 'sh', '-c'],
      'mkdir /w; echo moved > /w/index.html; exec httpd -f -p 80 -h /w',
    );
    sleeper('peer', '--network', 'two');
    ok('network', 'connect', 'one', 'mover');
    ok('network', 'connect', '--ip', '10.46.0.99', '--alias', 'nick', 'two', 'mover');
    expect(Object.keys(endpoints('mover')).sort()).toEqual(['bridge', 'one', 'two']);
    expect(exec('mover', 'ip -o -4 addr').stdout).toMatch(/eth1 .*10\.45\.0\.2\/24[\s\S]*eth2 .*10\.46\.0\.99\/24/);
    expect(resolve('peer', 'nick')).toEqual(['10.46.0.99']);
    expect(resolve('mover', 'peer')).toEqual(['10.46.0.2']);
    expect(exec('mover', 'cat /etc/hosts').stdout).toContain('10.46.0.99\t');
    refuses(/endpoint with name mover already exists in network two/, 'network', 'connect', 'two', 'mover');
    ok('network', 'disconnect', 'bridge', 'mover');
    ok('network', 'disconnect', 'one', 'mover');
    expect(exec('mover', 'ip route').stdout).toContain('default via 10.46.0.1');
    expect(exec('mover', 'cat /etc/hosts').stdout).not.toContain('10.45.0.2');
    expect(await fetchText(port)).toBe('moved\n');
    ok('network', 'disconnect', 'two', 'mover');
    expect(resolve('peer', 'nick')).toEqual([]);
    expect(exec('mover', 'ip -o -4 addr').stdout).not.toContain('eth');
    refuses(/is not connected to network two/, 'network', 'disconnect', 'two', 'mover');
    ok('network', 'connect', 'one', 'mover');
    expect(await fetchText(port)).toBe('moved\n');
    remove(['mover', 'peer'], ['one', 'two']);
  });

  it('starts a container again that was taken off all of its networks', () => {
    ok('run', '-d', '--name', 'alone', TEST_IMAGE, 'sleep', '60');
    ok('network', 'disconnect', 'bridge', 'alone');
    ok('restart', '-t', '0', 'alone');
    expect(ok('exec', 'alone', 'ls', '/sys/class/net')).not.toContain('eth0');
    ok('network', 'connect', 'bridge', 'alone');
    expect(ok('exec', 'alone', 'ls', '/sys/class/net')).toContain('eth0');
    ok('rm', '-f', 'alone');
  });

  it('gives interfaces the names that are asked for', () => {
    const named = (name: string): string => `driver-opt=com.docker.network.endpoint.ifname=${name}`;
    for (const name of ['one', 'two', 'three']) ok('network', 'create', name);
    const names = (): string => exec('named', 'ls /sys/class/net').stdout.trim().replaceAll(/\s+/g, ' ');
    sleeper('named', '--network', 'name=one', '--network', `name=two,${named('eth0')}`);
    expect(names()).toBe('eth0 eth1 lo');
    expect(exec('named', 'ip -o -4 addr show eth0').stdout).toContain(endpoint('named', 'two')['IPAddress']);
    refuses(/file exists/, 'network', 'connect', '--driver-opt', named('eth0').slice(11), 'three', 'named');
    ok('network', 'connect', '--driver-opt', named('front').slice(11), 'three', 'named');
    expect(names()).toBe('eth0 eth1 front lo');
    ok('network', 'disconnect', 'three', 'named');
    expect(names()).toBe('eth0 eth1 lo');
    refuses(/invalid interface name/, 'create', '--network', `name=one,${named('much-too-long-a-name')}`, TEST_IMAGE);
    remove(['named'], ['one', 'two', 'three']);
  });

  it('puts a container on the networks that are named alone', async () => {
    ok('network', 'create', 'named');
    const NetworkingConfig = { EndpointsConfig: { named: {} } };
    await engine.api('POST', '/containers/create?name=placed', { Image: TEST_IMAGE, NetworkingConfig });
    expect(Object.keys(endpoints('placed'))).toEqual(['named']);
    remove(['placed'], ['named']);
  });

  it('gives interfaces the settings that are asked for', () => {
    const option = (...settings: string[]): string => `com.docker.network.endpoint.sysctls=${settings.join(',')}`;
    ok('network', 'create', '--ipv6', 'tuned');
    const martians = 'net.ipv4.conf.IFNAME.log_martians=1';
    const alone = 'net.ipv6.conf.IFNAME.disable_ipv6=1';
    sleeper('settings', '--network', `name=tuned,"driver-opt=${option(martians, alone)}"`);
    expect(exec('settings', 'cat /proc/sys/net/ipv4/conf/eth0/log_martians').stdout).toBe('1\n');
    expect(exec('settings', 'ip -6 addr show eth0').stdout).toBe('');
    expect(endpoint('settings', 'tuned')['GlobalIPv6Address']).toBe('');
    sleeper('alone', '--network', 'tuned', '--sysctl', 'net.ipv6.conf.all.disable_ipv6=1');
    expect(endpoint('alone', 'tuned')['GlobalIPv6Address']).toBe('');
    expect(resolve('settings', 'alone')).toHaveLength(1);
    ok('network', 'connect', '--driver-opt', option(martians), 'bridge', 'settings');
    // A network without IPv6 has not even link-local addresses; the container's own loopback keeps its.
    expect(exec('settings', 'ip -6 addr show eth1').stdout).toBe('');
    expect(exec('settings', 'ip -6 addr show lo').stdout).toContain('::1/128');
    expect(exec('settings', 'cat /proc/sys/net/ipv4/conf/eth1/log_martians').stdout).toBe('1\n');
    const network = (text: string): string => `name=tuned,driver-opt=${option(text)}`;
    refuses(/'X' must be 'ipv4', 'ipv6' or 'mpls'/, 'create', '--network', network('kernel.shmmax=1'), TEST_IMAGE);
    ok('create', '--name', 'odd', '--network', network('net.ipv4.conf.IFNAME.no_such=1'), TEST_IMAGE);
    refuses(/net.ipv4.conf.eth0.no_such/, 'start', 'odd');
    remove(['settings', 'alone', 'odd'], ['tuned']);
  });

  it('remembers the networks of a container that does not run', () => {
    ok('network', 'create', '--subnet', '10.47.0.0/24', 'later');
    ok('create', '--name', 'sleepy', '--network', 'later', '--network-alias', 'zzz', TEST_IMAGE, 'sleep', '1000');
    ok('network', 'connect', 'bridge', 'sleepy');
    expect(Object.keys(endpoints('sleepy')).sort()).toEqual(['bridge', 'later']);
    ok('start', 'sleepy');
    expect(resolve('sleepy', 'zzz')).toEqual(['10.47.0.2']);
    ok('stop', '-t', '0', 'sleepy');
    ok('network', 'disconnect', 'later', 'sleepy');
    ok('start', 'sleepy');
    expect(Object.keys(endpoints('sleepy'))).toEqual(['bridge']);
    remove(['sleepy'], ['later']);
  });

  it('takes a network by its id, and its start fails when that is gone', async () => {
    const id = ok('network', 'create', 'byid');
    const body = { Image: TEST_IMAGE, Cmd: ['sleep', '1000'], HostConfig: { NetworkMode: id } };
    expect((await engine.api('POST', '/containers/create?name=ided', body)).status).toBe(201);
    ok('start', 'ided');
    expect(endpoint('ided', 'byid').NetworkID).toBe(id);
    ok('stop', '-t', '0', 'ided');
    ok('network', 'rm', 'byid');
    expect((await engine.api('POST', '/containers/ided/start')).status).toBe(404);
    remove(['ided'], []);
  });

  it('shares the network of another container', () => {
    ok('network', 'create', 'home');
    sleeper('host', '--network', 'home');
    const script = 'ip -o -4 addr show eth0; busybox nslookup host; cat /etc/resolv.conf';
    const shown = ok('run', '--rm', '--network', 'container:host', TEST_IMAGE, 'sh', '-c', script);
    expect(shown).toContain(`${endpoint('host', 'home').IPAddress}/`);
    expect(shown).toContain(`Address: ${endpoint('host', 'home').IPAddress}`);
    remove(['host'], ['home']);
  });

  it('reaches the bridge’s own address as host-gateway, and linked containers by their alias', async () => {
    const shown = ok(
      'run',
      '--rm',
      '--add-host',
      'up:host-gateway',
      TEST_IMAGE,
      'sh',
      '-c',
      'ping -c 1 -W 10 up; cat /etc/hosts',
    );
    expect(shown).toContain('1 packets received');
    const id = sleeper('target');
    const linked = ok(
      'run',
      '--rm',
      '--link',
      'target:goal',
      TEST_IMAGE,
      'sh',
      '-c',
      'ping -c 1 -W 10 goal; cat /etc/hosts',
    );
    expect(linked).toContain('1 packets received');
    expect(linked).toContain(`goal ${id.slice(0, 12)} target`);
    ok('run', '-d', '--name', 'source', '-e', 'KEY=value', '--expose', '80', TEST_IMAGE, 'sleep', '60');
    ok('create', '--name', 'user', '--link', 'source:there', TEST_IMAGE, 'sh', '-c', 'env | sort; sleep 60');
    ok('rename', 'source', 'moved');
    ok('start', 'user');
    const { IPAddress } = endpoint('moved', 'bridge');
    const brought = ok('exec', 'user', 'env').split('\n');
    for (const line of [`THERE_PORT=tcp://${IPAddress}:80`, 'THERE_NAME=/user/there', 'THERE_ENV_KEY=value'])
      expect(brought).toContain(line);
    await expect.poll(() => ok('logs', 'user')).toContain(`THERE_PORT_80_TCP_ADDR=${IPAddress}`);
    expect(ok('inspect', '-f', '{{json .HostConfig.Links}}', 'user')).toBe('["/moved:/user/there"]');
    const names = (await engine.api('GET', '/containers/json?filters={"name":["moved"]}')).json();
    expect(names).toMatchObject([{ Names: ['/moved', '/user/there'] }]);
    expect((await engine.api('GET', '/containers/user/there/json')).json()).toMatchObject({ Name: '/moved' });
    expect((await engine.api('DELETE', '/containers/user/there?link=1')).status).toBe(204);
    expect(ok('inspect', '-f', '{{json .HostConfig.Links}}', 'user')).toBe('null');
    const lost = engine.docker(['run', '--link', 'nobody:x', TEST_IMAGE, 'true']);
    expect(lost.stderr).toContain('could not get container for nobody: No such container: nobody');
    remove(['user', 'moved'], []);
    ok('network', 'create', 'linked');
    sleeper('store', '--network', 'linked');
    expect(
      ok('run', '--rm', '--network', 'linked', '--link', 'store:db', TEST_IMAGE, 'busybox', 'nslookup', 'db'),
    ).toContain(`Address: ${endpoint('store', 'linked').IPAddress}`);
    // A link is one network's.
    ok('network', 'create', 'other');
    sleeper('asker', '--network', 'linked', '--link', 'store:db');
    for (const name of ['store', 'asker']) ok('network', 'connect', 'other', name);
    ok('network', 'disconnect', 'linked', 'store');
    expect(engine.docker(['exec', 'asker', 'busybox', 'nslookup', 'db']).stdout).not.toContain('Name:');
    remove(['target', 'store', 'asker'], ['linked', 'other']);
  });

  it('publishes in both families, from ranges, and leaves a container whose port is busy created', async () => {
    const port = await freePort();
    const serve = 'mkdir /w; echo served > /w/index.html; exec httpd -f -p 80 -h /w';
    ok('network', 'create', 'ports');
    ok('run', '-d', '--name', 'p1', '--network', 'ports', '-p', `${port}:80`, TEST_IMAGE, 'sh', '-c', serve);
    expect(words(ok('port', 'p1'))).toEqual([`80/tcp -> 0.0.0.0:${port}`, `80/tcp -> [::]:${port}`]);
    expect(await fetchText(port)).toBe('served\n');
    expect(await fetchText(port, '::1')).toBe('served\n');
    const busy = engine.docker(['run', '-d', '--name', 'p2', '-p', `${port}:80`, TEST_IMAGE, 'true']);
    expect(busy).toMatchObject({ code: 125, stderr: expect.stringContaining('port is already allocated') as string });
    expect(ok('inspect', '-f', '{{.State.Status}}', 'p2')).toBe('created');
    const body = {
      Image: TEST_IMAGE,
      Cmd: ['sleep', '1000'],
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: `${port}-${port + 20}` }] } },
    };
    expect((await engine.api('POST', '/containers/create?name=p3', body)).status).toBe(201);
    ok('start', 'p3');
    const given = Number(/:(\d+)$/m.exec(ok('port', 'p3', '80'))?.[1]);
    expect(given).toBeGreaterThan(port);
    expect(given).toBeLessThanOrEqual(port + 20);
    ok('run', '-d', '--name', 'p4', '-P', '--expose', '80', '--expose', '81/udp', TEST_IMAGE, 'sleep', '1000');
    expect(ok('port', 'p4')).toMatch(/80\/tcp -> 0\.0\.0\.0:\d+[\s\S]*81\/udp -> 0\.0\.0\.0:\d+/);
    remove(['p1', 'p2', 'p3', 'p4'], ['ports']);
  });

  it('tells of it in events, in order', () => {
    const since = String(Math.floor(Date.now() / 1000) - 1);
    ok('network', 'create', 'told');
    ok('run', '--rm', '--network', 'told', '--name', 'teller', TEST_IMAGE, 'true');
    ok('network', 'rm', 'told');
    const until = String(Math.ceil(Date.now() / 1000));
    const lines = words(
      ok('events', '--since', since, '--until', until, '--format', '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'),
    ).filter((line) => / (?:told|teller)$/.test(line) && !line.includes('attach'));
    expect(lines).toEqual([
      'network create told',
      'container create teller',
      'network connect told',
      'container start teller',
      'network disconnect told',
      'container die teller',
      'container destroy teller',
      'network destroy told',
    ]);
  });

  it('takes an interface off the host whose network a killed engine was removing', async (context) => {
    if (mode !== 'root') context.skip('the interface is in the engine’s own network namespace');
    ok('network', 'create', 'doomed');
    const link = `br-${ok('network', 'inspect', '-f', '{{.Id}}', 'doomed').slice(0, 12)}`;
    await engine.stop('SIGKILL');
    execFileSync(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      '-e',
      `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(`${engine.dataRoot}/berth.db`)}).exec("DELETE FROM network")`,
    ]);
    expect(execFileSync('ip', ['-o', 'link']).toString()).toContain(link);
    await engine.start();
    expect(execFileSync('ip', ['-o', 'link']).toString()).not.toContain(link);
  });
});
