import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { ENGINE_MODES, EngineProcess, type CommandResult } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** Command lines that print the same with both commands, and end with the same code. Words are parted by spaces. */
const SAME: readonly (string | readonly string[])[] = [
  'ps',
  'ps -a -s',
  'ps -q --no-trunc',
  'ps --format json',
  ['ps', '--format', 'table {{.ID}}\\t{{upper .Names}}\\t{{.Label "com.example.kind"}}'],
  ['ps', '--format', '{{.Names}} {{json .Image}} {{json .}}'],
  ['ps', '--format', '{{range $i, $e := split .Ports ","}}{{if $i}};{{end}}{{$e}}{{end}}'],
  ['ps', '--format', '{{.NoSuchField}}'],
  ['ps', '--format', '{{'],
  'ps --filter name=nothing',
  'ps --filter wrong',
  'ps too-many',
  'images',
  'images --digests',
  'images -q --no-trunc',
  'images --format json',
  ['images', '--format', '{{.Repository}}:{{.Tag}} {{.Size}} {{.VirtualSize}}'],
  'network ls',
  'network ls --format json',
  'network inspect net',
  'volume ls',
  'volume ls -q',
  'volume ls --format json',
  'volume inspect vol nothing',
  'volume create --group g clustered',
  'volume update vol',
  'volume update nothing',
  'volume update',
  'volume ls --cluster',
  'images --tree -q',
  'images --tree --digests',
  `history ${TEST_IMAGE}`,
  `history --format json --human=false ${TEST_IMAGE}`,
  `image inspect ${TEST_IMAGE}`,
  'container inspect one',
  'inspect one vol net',
  'inspect --format json one',
  'inspect nothing',
  'inspect Nothing',
  'inspect --type volume vol',
  'inspect --type nonsense vol',
  ['inspect', '-f', '{{.State.Status}} {{.Config.Cmd}} {{.Config.Labels}} {{len .Config.Env}}', 'one'],
  ['inspect', '-f', '{{range $p, $c := .NetworkSettings.Ports}}{{$p}}={{(index $c 0).HostPort}} {{end}}', 'one'],
  ['inspect', '-f', '{{printf "%-8s|%q" .Name .Config.Image}} {{eq .State.Status "running"}}', 'one'],
  ['inspect', '-f', '{{with .Config}}{{.Image | upper | lower}}{{else}}none{{end}}{{/* no more */ -}}  !', 'one'],
  ['inspect', '-f', '{{.NoSuchField}}', 'one'],
  ['inspect', '-f', '{{nofunction .}}', 'one'],
  'system df',
  'system df -v',
  'system df --format json',
  ['stats', '--no-stream', '--format', '{{.Container}} {{.ID}} {{.Name}} {{.PIDs}}', 'one'],
  'stats --no-stream nothing',
  ['info', '-f', '{{.Name}} {{.NCPU}} {{json .Plugins.Volume}}'],
  ['version', '-f', '{{.Server.APIVersion}} {{.Server.Os}}'],
  'events --since 1h --until 0s --filter type=network --format json',
  'context ls --format json',
  'context inspect',
  'context use nothing',
  'top one',
  'port one',
  'port one 80',
  'port one 81',
  'diff one',
  'cp one:/etc/passwd -',
  'cp one:/nothing /tmp/nowhere/x',
  'cp one:/etc/passwd /tmp/nowhere/x/',
  'cp /etc/no-such-file one:/',
  'logs nothing',
  'exec one sh -c exit\t7',
  'exec one no-such-program',
  'exec -it one true',
  'exec nothing true',
  `run --rm ${TEST_IMAGE} no-such-program`,
  `run --rm ${TEST_IMAGE} /etc`,
  `run --rm --hostname h --env A=1 --env-file /dev/null ${TEST_IMAGE} env`,
  `run --rm --mount type=tmpfs,target=/x,tmpfs-size=1m ${TEST_IMAGE} df /x`,
  `run --nonsense ${TEST_IMAGE}`,
  `run --rm -p x ${TEST_IMAGE}`,
  `run --rm --mount type=bind ${TEST_IMAGE}`,
  `run -it ${TEST_IMAGE} true`,
  `create --restart always --rm ${TEST_IMAGE}`,
  `create --cpus x ${TEST_IMAGE}`,
  `create --health-interval x ${TEST_IMAGE}`,
  `create --no-healthcheck --health-cmd x ${TEST_IMAGE}`,
  `create --runtime nothing ${TEST_IMAGE}`,
  'update --memory 1x one',
  'update nothing',
  'stop --time x one',
  'rm one',
  'kill nothing',
  'network connect nothing one',
  'network create --subnet 10.0.0.0/24 --gateway 10.1.0.1 bad',
  'network rm -f nothing',
  'volume rm nothing',
  'volume rm -f nothing',
  'container prune --filter wrong',
  'container prune -f',
  'commit nothing',
  'search',
  'plugin ls',
  'plugin ls -q --no-trunc',
  'plugin ls --format json',
  ['plugin', 'ls', '--format', 'table {{.ID}} {{.Enabled}} {{.PluginReference}}'],
  ['plugin', 'ls', '--format', '{{.Nope'],
  'plugin ls --filter enabled=true',
  'plugin ls --filter foo=bar',
  'plugin ls --nonsense',
  'plugin ls x',
  'plugin inspect',
  'plugin inspect nothing more',
  'plugin inspect -f {{.Id}} nothing',
  'inspect --type plugin nothing',
  'plugin enable nothing',
  'plugin enable --timeout x nothing',
  'plugin enable --timeout -1 nothing',
  'plugin enable a b',
  'plugin disable -f nothing',
  'plugin rm nothing more',
  'plugin rm -f nothing',
  'plugin push nothing',
  'plugin push Nothing',
  'plugin set nothing A=b',
  'plugin set nothing',
  'plugin upgrade nothing',
  'plugin upgrade a b c',
  'plugin install localhost:1/nothing',
  'plugin install --alias x --disable localhost:1/nothing A=b',
  'plugin install Nothing',
  'plugin create one',
  'plugin create one /nothing',
  'plugin create one /bin',
  'plugin nonsense',
  'checkpoint ls',
  'checkpoint ls one',
  'checkpoint create one two',
  'checkpoint create --nonsense',
  'checkpoint rm one two',
  'start --checkpoint two one',
];

/** Words of a line; a tab stands for a space inside of a word. */
function wordsOf(line: string | readonly string[]): readonly string[] {
  return typeof line === 'string' ? line.split(' ').map((word) => word.replaceAll('\t', ' ')) : line;
}

/** What two runs of the same command cannot agree on: how long ago something was. */
function timeless(text: string): string {
  return text
    .replaceAll(/(Less than|About|\d+) ?(an? )?(seconds?|minutes?)( ago)?/g, '<time>')
    .replaceAll(/<time> *(?=\S)/g, '<time> ')
    .replaceAll(/(CREATED|STATUS) +/g, '$1 ');
}

// The command is the same whoever runs the engine: one mode is enough.
describe.each(ENGINE_MODES.slice(0, 1))('berth and docker on the same engine as %s', (mode) => {
  const engine = new EngineProcess(mode);
  let before: Traces;

  // The dashes keep Node from reading our --env-file.
  const berth = (args: readonly string[]): CommandResult =>
    engine.docker(['--', BERTH_COMMAND, ...args], { binary: process.execPath });

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    before = traces(engine);
    engine.dockerOk(['network', 'create', '--label', 'a=b', 'net']);
    engine.dockerOk(['volume', 'create', '--label', 'v=1', 'vol']);
    const publish = ['-p', '127.0.0.1::80', '-p', '127.0.0.1::90/udp'];
    const labels = ['--label', 'com.example.kind=test', '-v', 'vol:/data', '--network', 'net'];
    engine.dockerOk(['run', '-d', '--name', 'one', ...publish, ...labels, TEST_IMAGE, 'sleep', '600']);
  });

  afterAll(async () => {
    engine.docker(['rm', '-f', 'one']);
    engine.docker(['network', 'rm', 'net']);
    engine.docker(['volume', 'rm', 'vol']);
    const left = await leftovers(engine, before);
    await engine.dispose();
    expect(left).toEqual({});
  });

  it.each(SAME.map((line) => ({ line, title: wordsOf(line).join(' ') })))('$title', ({ line }) => {
    const words = wordsOf(line);
    const docker = engine.docker(words);
    const own = berth(words);
    expect({ code: own.code, stdout: timeless(own.stdout) }, own.stderr).toEqual({
      code: docker.code,
      stdout: timeless(docker.stdout),
    });
  });

  it('says which images are used, and that no volume is a swarm’s', () => {
    expect(berth(['images', '--tree']).stdout).toMatch(/ {3}U *\n/);
    expect(berth(['volume', 'create', '--group', 'g'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('This node is not a swarm manager'),
    });
  });

  it('makes the same container of the same flags', () => {
    const flags = [
      ...['--hostname', 'h', '--domainname', 'd', '--user', '1:2', '--workdir', '/w', '--env', 'A=1', '--label', 'l=1'],
      ...['--stop-signal', 'INT', '--stop-timeout', '3', '--expose', '70-72/udp', '-p', '127.0.0.1:0:80', '--init'],
      ...[
        '--memory',
        '64m',
        '--memory-reservation',
        '32m',
        '--cpus',
        '0.5',
        '--cpu-shares',
        '512',
        '--pids-limit',
        '50',
      ],
      ...['--cpuset-cpus', '0', '--ulimit', 'nofile=64:128', '--shm-size', '1m', '--oom-score-adj', '100'],
      ...['--cap-add', 'SYS_TIME', '--cap-drop', 'CHOWN', '--read-only', '--tmpfs', '/t:size=1m', '--group-add', '7'],
      ...[
        '--mount',
        'type=volume,source=vol,target=/m,readonly,volume-nocopy',
        '-v',
        '/anonymous',
        '-v',
        '/tmp:/host:ro',
      ],
      ...[
        '--network',
        'name=net,alias=x,alias=y',
        '--network-alias',
        'z',
        '--dns',
        '10.0.0.1',
        '--dns-option',
        'ndots:1',
      ],
      ...['--add-host', 'a:10.0.0.2', '--sysctl', 'net.ipv4.ip_forward=1', '--security-opt', 'no-new-privileges'],
      ...['--health-cmd', 'true', '--health-interval', '1m30s', '--health-retries', '2', '--restart', 'on-failure:2'],
      ...[
        '--log-driver',
        'json-file',
        '--log-opt',
        'max-size=1m',
        '--annotation',
        'k=v',
        '--device',
        '/dev/null:/dev/n:r',
      ],
      ...[
        '--ipc',
        'private',
        '--pid',
        'host',
        '--cgroupns',
        'private',
        '--entrypoint',
        'sleep',
        '--interactive',
        '--tty',
      ],
    ].filter((word, at, all) => !(word === '--network-alias' || all[at - 1] === '--network-alias'));
    const made = (run: (args: readonly string[]) => CommandResult): unknown => {
      const { code, stdout, stderr } = run(['create', ...flags, TEST_IMAGE, '600']);
      expect(code, stderr).toBe(0);
      const text = engine.dockerOk(['inspect', stdout.trim()]);
      engine.dockerOk(['rm', '-v', stdout.trim()]);
      const name = /"Name": "\/(\w+)"/.exec(text)?.[1] ?? '';
      const [found] = JSON.parse(
        text
          .replaceAll(stdout.trim(), '<id>')
          .replaceAll(stdout.trim().slice(0, 12), '<short>')
          .replaceAll(name, '<name>')
          .replaceAll(/"Created": ".*?"/g, '"Created": ""')
          .replaceAll(/\b(?!<)[\da-f]{64}\b/g, '<other>'),
      ) as unknown[];
      return found;
    };
    expect(made(berth)).toEqual(made((args) => engine.docker(args)));
  });
});
