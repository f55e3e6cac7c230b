import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

const NAME_SERVER_SOURCE = fileURLToPath(new URL('../fixtures/name-server.c', import.meta.url));
const isRoot = process.getuid?.() === 0;

/** On a machine of their own, as far as networks and /etc go, whose name servers come and go as those of a laptop do. */
describe.runIf(isRoot).each(ENGINE_MODES)(
  `the host's resolv.conf as %s${isRoot ? '' : ' (skipped: needs root)'}`,
  (mode) => {
    const engine = new EngineProcess(mode);
    const scratch = mkdtempSync('/tmp/berth-scratch-');
    const etc = `${scratch}/etc`;
    const held: ChildProcess[] = [];
    const ok = (...args: string[]): string => engine.dockerOk(args);
    const within = (pid: number | undefined, ...command: string[]): ChildProcess =>
      spawn('nsenter', ['-t', String(pid), '-n', ...command], { stdio: 'ignore' });

    beforeAll(async () => {
      execFileSync('cp', ['-a', '/etc', etc]);
      execFileSync('chmod', ['755', scratch]);
      execFileSync('cc', ['-static', '-O1', '-o', `${scratch}/name-server`, NAME_SERVER_SOURCE]);
      replace('resolv.conf', 'nameserver 127.0.0.53\n');
      const script =
        'mount --make-rprivate / && mount --bind "$0" /etc && ip link set lo up && ip link add up0 type veth peer name out0 && ' +
        'ip addr add 192.0.2.2/24 dev up0 && ip link set up0 up && ip link set out0 up && ip route add default via 192.0.2.1 && ' +
        'echo ready && exec sleep 600';
      const machine = spawn('unshare', ['-n', '-m', 'sh', '-c', script, etc], { stdio: ['ignore', 'pipe', 'inherit'] });
      held.push(machine);
      await Promise.race([
        once(machine.stdout, 'data'),
        once(machine, 'exit').then(() => Promise.reject(new Error('no namespaces'))),
      ]);
      // As systemd-resolved's at loopback, and another.
      held.push(within(machine.pid, `${scratch}/name-server`, '127.0.0.53', '192.0.2.53'));
      held.push(within(machine.pid, `${scratch}/name-server`, '127.0.0.54', '192.0.2.54'));
      engine.networkOf = engine.mountsOf = machine.pid ?? 0;
      await engine.start();
      await loadTestImage(engine);
      ok('network', 'create', 'named');
      ok('run', '-d', '--name', 'asks', '--network', 'named', TEST_IMAGE, 'sleep', '600');
    });

    afterAll(async () => {
      await engine.dispose();
      for (const child of held) child.kill('SIGKILL');
      rmSync(scratch, { recursive: true, force: true });
    });

    /** As systemd-resolved and NetworkManager do: written beside, and renamed. */
    function replace(name: string, text: string): void {
      writeFileSync(`${etc}/${name}.new`, text);
      renameSync(`${etc}/${name}.new`, `${etc}/${name}`);
    }

    /** What a container that runs is told of a name in the outside: it must be the server of now, at the first time. */
    const answer = (): string => {
      const { stdout } = engine.docker(['exec', 'asks', 'busybox', 'nslookup', 'name.example', '127.0.0.11']);
      return /^Address(?: 1)?: (192\.0\.2\.\d+)/m.exec(stdout)?.[1] ?? stdout;
    };

    it('is followed while containers run, whether it is a file, a link, or not there for a moment', async () => {
      expect(answer()).toBe('192.0.2.53');
      replace('resolv.conf', 'nameserver 127.0.0.54\n');
      expect(answer()).toBe('192.0.2.54');

      // A link to a file that is replaced itself, while no engine is there.
      replace('of-the-resolver.conf', 'nameserver 127.0.0.53\n');
      symlinkSync('of-the-resolver.conf', `${etc}/link`);
      renameSync(`${etc}/link`, `${etc}/resolv.conf`);
      expect(answer()).toBe('192.0.2.53');
      const pid = ok('inspect', '-f', '{{.State.Pid}}', 'asks');
      await engine.stop('SIGKILL');
      replace('of-the-resolver.conf', 'search example\nnameserver 127.0.0.54\n');
      await engine.start();
      expect(answer()).toBe('192.0.2.54');

      rmSync(`${etc}/of-the-resolver.conf`);
      answer();
      replace('of-the-resolver.conf', 'nameserver 127.0.0.53\n');
      expect(answer()).toBe('192.0.2.53');
      expect(ok('inspect', '-f', '{{.State.Pid}}', 'asks')).toBe(pid);
    });
  },
);
