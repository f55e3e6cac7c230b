import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { networkCommands } from '../fixtures/network-commands.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

const NAME_SERVER_SOURCE = fileURLToPath(new URL('../fixtures/name-server.c', import.meta.url));

/** How containers find each other by name. */
describe.each(ENGINE_MODES)('names in networks as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  let pristine: Traces;
  let scratch: string;

  beforeAll(async () => {
    scratch = mkdtempSync('/tmp/berth-scratch-');
    chmodSync(scratch, 0o755);
    execFileSync('cc', ['-static', '-O1', '-o', `${scratch}/name-server`, NAME_SERVER_SOURCE]);
    pristine = traces(engine);
    await engine.start();
    await loadTestImage(engine);
  });

  afterAll(async () => {
    await engine.dispose();
    rmSync(scratch, { recursive: true });
    expect(await leftovers(engine, pristine)).toEqual({});
  });

  const { ok, sleeper, exec, endpoints, endpoint, resolve, reaches, remove } = networkCommands(engine);

  it('answers names, aliases, short ids and addresses, with round robin', () => {
    ok('network', 'create', 'names');
    const id = sleeper('web', '--network', 'names', '--network-alias', 'all');
    sleeper('web2', '--network', 'names', '--network-alias', 'all');
    sleeper('asker', '--network', 'names');
    const first = endpoint('web', 'names').IPAddress;
    const second = endpoint('web2', 'names').IPAddress;
    expect(endpoint('web', 'names')).toMatchObject({ Aliases: ['all'], DNSNames: ['web', 'all', id.slice(0, 12)] });
    for (const name of ['web', 'WEB', id.slice(0, 12), 'web.names'])
      expect(resolve('asker', name), name).toEqual([first]);
    const rounds = Array.from({ length: 6 }, () => resolve('asker', 'all'));
    for (const round of rounds) expect([...round].sort()).toEqual([first, second].sort());
    expect(new Set(rounds.map(([one]) => one)).size).toBe(2);
    expect(exec('asker', `busybox nslookup ${first}`).stdout).toContain('name = web.names');
    expect(exec('asker', 'cat /etc/resolv.conf').stdout).toContain('nameserver 127.0.0.11');
    ok('stop', '-t', '0', 'web2');
    expect(resolve('asker', 'all')).toEqual([first]);
    expect(resolve('asker', 'web2')).toEqual([]);
    ok('start', 'web2');
    expect(resolve('asker', 'web2')).toHaveLength(1);
    ok('rename', 'web', 'shop');
    expect(resolve('asker', 'shop')).toEqual([first]);
    expect(resolve('asker', 'web')).toEqual([]);
    remove(['shop', 'web2', 'asker'], ['names']);
  });

  it('answers names over TCP, too', () => {
    ok('network', 'create', 'streams');
    sleeper('asker', '--network', 'streams');
    // Length, header with id 0x1234, one question: asker, A, IN.
    const question =
      '\\000\\027\\022\\064\\001\\000\\000\\001\\000\\000\\000\\000\\000\\000\\005asker\\000\\000\\001\\000\\001';
    const answer = exec(
      'asker',
      `printf '${question}' | busybox nc -w 2 127.0.0.11 53 | od -An -tx1 | tr -d ' \\n'`,
    ).stdout;
    const bytes = endpoint('asker', 'streams')
      .IPAddress.split('.')
      .map((part) => Number(part).toString(16).padStart(2, '0'))
      .join('');
    expect(answer).toMatch(new RegExp(`^0027123481800001000100000000.*${bytes}$`));
    remove(['asker'], ['streams']);
  });

  it('keeps answering and forwarding while the engine is down, and finds its networks again', async () => {
    ok('network', 'create', '--subnet', '10.43.0.0/24', 'steady');
    sleeper('server', '--network', 'steady', '--network-alias', 'service');
    sleeper('client', '--network', 'steady');
    const script = 'for i in 1 2 3 4 5 6; do busybox nslookup service 127.0.0.11 | grep -c 10.43.0; sleep 0.5; done';
    ok('run', '-d', '--name', 'watch', '--network', 'steady', TEST_IMAGE, 'sh', '-c', script);
    await engine.stop('SIGKILL');
    await new Promise((wake) => setTimeout(wake, 2000));
    await engine.start();
    ok('wait', 'watch');
    expect(ok('logs', 'watch')).toBe('1\n1\n1\n1\n1\n1');
    expect(endpoint('server', 'steady').IPAddress).toBe('10.43.0.2');
    sleeper('late', '--network', 'steady');
    expect(
      new Set([...Object.values(endpoints('late')), ...Object.values(endpoints('client'))].map((e) => e.IPAddress))
        .size,
    ).toBe(2);
    expect(resolve('client', 'late')).toEqual([endpoint('late', 'steady').IPAddress]);
    expect(reaches('late', '10.43.0.2')).toBe(true);
    remove(['server', 'client', 'watch', 'late'], ['steady']);
  });

  it('asks the servers of --dns from inside, and lets a container serve names at port 53 itself', () => {
    ok('network', 'create', '--subnet', '10.44.0.0/24', 'zone');
    ok(
      ...['run', '-d', '--name', 'ns', '--network', 'zone', '--ip', '10.44.0.53'],
      ...['-v', `${scratch}:/server:ro`, TEST_IMAGE, '/server/name-server'],
    );
    sleeper('client', '--network', 'zone', '--dns', '10.44.0.53');
    expect(resolve('client', 'far.example')).toEqual(['192.0.2.7']);
    expect(resolve('client', 'ns')).toEqual(['10.44.0.53']);
    const flags = ['--dns', '10.44.0.53', '--dns-search', 'example', '--dns-option', 'timeout:3'];
    expect(ok('run', '--rm', '--network', 'zone', ...flags, TEST_IMAGE, 'cat', '/etc/resolv.conf')).toBe(
      'nameserver 127.0.0.11\nsearch example\noptions timeout:3 ndots:0',
    );
    remove(['ns', 'client'], ['zone']);
  });
});
