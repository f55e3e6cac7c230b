import { NEWER, type BuildCase } from './build-case.ts';

const sets = (name: string, lines: string, config: BuildCase['config'], extra: Partial<BuildCase> = {}): BuildCase => ({
  name,
  dockerfile: `FROM base\n${lines}`,
  ...(config === undefined ? {} : { config }),
  ...extra,
});

/** Instructions that set something, RUN, WORKDIR, USER. */
export const SETTINGS: readonly BuildCase[] = [
  sets('CMD for a shell', 'CMD echo "a  b" $HOME', { Cmd: ['/bin/sh', '-c', 'echo "a  b" $HOME'] }),
  sets('CMD as a list', 'CMD ["a", "b c"]', { Cmd: ['a', 'b c'] }),
  sets('CMD as a list that is none', "CMD ['a', 'b']", { Cmd: ['/bin/sh', '-c', "['a', 'b']"] }),
  sets('the last CMD counts', 'CMD a\nCMD ["b"]', { Cmd: ['b'] }),
  sets('an empty CMD', 'CMD ["a"]\nCMD []', { Cmd: null }, { alone: 'its inspect shows an empty list' }),
  sets('ENTRYPOINT clears the command of the base image', 'ENTRYPOINT ["a"]', { Entrypoint: ['a'], Cmd: null }),
  sets('ENTRYPOINT keeps a CMD of its own stage', 'CMD ["b"]\nENTRYPOINT ["a"]', { Entrypoint: ['a'], Cmd: ['b'] }),
  sets('ENTRYPOINT for a shell', 'ENTRYPOINT exec a', { Entrypoint: ['/bin/sh', '-c', 'exec a'] }),
  sets(
    'SHELL',
    'SHELL ["/bin/sh", "-ec"]\nRUN false || echo x > /a; echo "$0" > /b\nCMD c',
    { Shell: ['/bin/sh', '-ec'], Cmd: ['/bin/sh', '-ec', 'c'] },
    { has: { '/a': 'x\n' } },
  ),
  sets('SHELL that is no list', 'SHELL /bin/sh', undefined, {
    fails: 'SHELL requires the arguments to be in JSON form',
  }),
  sets('LABEL', `LABEL a=1 "b.c"="two words" d='3'\nLABEL a=2`, { Labels: { a: '2', 'b.c': 'two words', d: '3' } }),
  sets('LABEL in the old form', 'LABEL a one two', { Labels: { a: 'one two' } }),
  sets('LABEL over several lines', 'LABEL a="1\\\n2" \\\n b=3', { Labels: { a: '12', b: '3' } }),
  sets('EXPOSE', 'EXPOSE 80 81/tcp 82/udp\nEXPOSE 90-92', {
    ExposedPorts: { '80/tcp': {}, '81/tcp': {}, '82/udp': {}, '90/tcp': {}, '91/tcp': {}, '92/tcp': {} },
  }),
  sets('EXPOSE of no port', 'EXPOSE http', undefined, { fails: 'invalid containerPort: http' }),
  sets('VOLUME', 'VOLUME /a /b\nVOLUME ["/c d"]', { Volumes: { '/a': {}, '/b': {}, '/c d': {} } }),
  sets('VOLUME makes no directory', 'VOLUME /v\nRUN echo x > /v/x', { Volumes: { '/v': {} } }, { fails: 'code: 1' }),
  sets(
    'VOLUME with a directory keeps what is changed later',
    'RUN mkdir /v\nVOLUME /v\nRUN echo x > /v/x',
    { Volumes: { '/v': {} } },
    { has: { '/v/x': 'x\n' } },
  ),
  sets('VOLUME of nothing', 'VOLUME [""]', undefined, { fails: 'VOLUME specified can not be an empty string' }),
  sets('STOPSIGNAL', 'STOPSIGNAL 9', { StopSignal: '9' }),
  sets('STOPSIGNAL of nothing known', 'STOPSIGNAL SIGNOPE', undefined, { fails: 'invalid signal' }),
  sets('HEALTHCHECK', 'HEALTHCHECK --interval=1m --timeout=3s --start-period=500ms --retries=5 CMD test -e /x', {
    Healthcheck: { Test: ['CMD-SHELL', 'test -e /x'], Interval: 60e9, Timeout: 3e9, StartPeriod: 5e8, Retries: 5 },
  }),
  sets(
    'HEALTHCHECK with nothing but zeroes',
    'HEALTHCHECK --interval=0s --retries=0 CMD ["x"]',
    { Healthcheck: { Test: ['CMD', 'x'] } },
    { alone: NEWER },
  ),
  sets('HEALTHCHECK that is too quick', 'HEALTHCHECK --interval=1us CMD x', undefined, {
    fails: 'cannot be less than 1ms',
  }),
  sets('HEALTHCHECK of nothing', 'HEALTHCHECK', undefined, { fails: 'HEALTHCHECK requires at least one argument' }),
  sets('HEALTHCHECK NONE', 'HEALTHCHECK CMD true\nHEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }),
  sets('HEALTHCHECK of an unknown kind', 'HEALTHCHECK MAYBE x', undefined, {
    fails: 'Unknown type "MAYBE" in HEALTHCHECK',
  }),
  sets('MAINTAINER', 'MAINTAINER Somebody <a@b.c>', { Cmd: ['sh'] }),
  sets(
    'WORKDIR, one after the other',
    'WORKDIR /a\nWORKDIR b\nWORKDIR ../c/./d',
    { WorkingDir: '/a/c/d' },
    { has: { '/a/b': 'directory 755 0 0', '/a/c/d': 'directory 755 0 0' } },
  ),
  sets('WORKDIR from nowhere', 'WORKDIR a', { WorkingDir: '/a' }),
  sets(
    'WORKDIR belongs to the user',
    'USER app\nWORKDIR /w/x',
    { WorkingDir: '/w/x' },
    {
      has: { '/w': 'directory 755 1000 1000', '/w/x': 'directory 755 1000 1000' },
      alone: "its directories are root's",
    },
  ),
  sets('WORKDIR that is there', 'WORKDIR /tmp', { WorkingDir: '/tmp' }, { has: { '/tmp': 'directory 1777 0 0' } }),
  sets(
    'WORKDIR through a link',
    'RUN ln -s /tmp /t\nWORKDIR /t/x\nRUN pwd > /a',
    { WorkingDir: '/t/x' },
    { has: { '/tmp/x': 'directory 755 0 0' } },
  ),
  sets('WORKDIR that is a file', 'WORKDIR /etc/passwd', undefined, { fails: 'not a directory' }),
  sets(
    'USER by name',
    'USER app\nRUN id -u > /tmp/u; id -G > /tmp/g; echo $HOME > /tmp/h',
    { User: 'app' },
    { has: { '/tmp/u': '1000\n', '/tmp/h': '/home/app\n' } },
  ),
  sets(
    'USER with a group has that alone',
    'USER app:extra\nRUN id -G > /tmp/g',
    { User: 'app:extra' },
    { has: { '/tmp/g': '2000\n' } },
  ),
  sets(
    'USER by number',
    'USER 12:34\nRUN id -u > /tmp/u; id -g > /tmp/g',
    { User: '12:34' },
    { has: { '/tmp/u': '12\n', '/tmp/g': '34\n' } },
  ),
  sets('USER that nobody is', 'USER ghost\nRUN true', undefined, { fails: 'ghost' }),
  sets('RUN as a list has no shell', 'RUN ["sh", "-c", "echo $0 > /a", "zero"]', {}, { has: { '/a': 'zero\n' } }),
  sets('RUN that fails', 'RUN exit 3', undefined, { fails: 'code: 3' }),
  sets('RUN of nothing there is', 'RUN ["nope"]', undefined, { fails: 'nope' }),
  sets(
    'RUN changes, removes and replaces',
    'RUN echo a > /a && mkdir /d && echo b > /d/b && ln -s a /l\nRUN rm /a /d/b && mkdir /a && rm /l && echo l > /l && chmod 600 /etc/group',
    {},
    {
      has: { '/a': 'directory 755 0 0', '/d/b': null, '/l': 'l\n', '/etc/group': 'file 600 0 0' },
    },
  ),
  sets(
    'RUN replaces a directory by a new one',
    'RUN mkdir /d && touch /d/old\nRUN rm -r /d && mkdir /d && touch /d/new',
    {},
    { has: { '/d/old': null, '/d/new': '' } },
  ),
  sets(
    'RUN with names, links, sparse and special files',
    'RUN mkfifo /p 2>/dev/null || mknod /p p; ln /etc/passwd /hard; touch "/odd name" "/ünï"; chmod 2755 /tmp; dd if=/dev/zero of=/big bs=1 count=1 seek=100000 2>/dev/null',
    {},
    {
      has: { '/p': 'fifo 644 0 0', '/odd name': '', '/ünï': '' },
    },
  ),
  sets(
    'RUN does not keep resolv.conf and hosts',
    'RUN test -s /etc/resolv.conf && test -s /etc/hosts && echo x > /a',
    {},
    { has: { '/a': 'x\n' } },
  ),
  sets('--label', 'ENV A=1', { Labels: { x: 'y' } }, { flags: ['--label', 'x=y'] }),
  sets(
    '--add-host',
    'RUN grep -c nowhere.test /etc/hosts > /a',
    {},
    { flags: ['--add-host', 'nowhere.test:10.9.8.7'], has: { '/a': '1\n' } },
  ),
  sets('--network none', 'RUN ip -o link | wc -l > /a', {}, { flags: ['--network', 'none'], has: { '/a': '1\n' } }),
  sets(
    '--build-arg of several',
    'ARG A\nARG B\nENV X=$A$B',
    { Env: ['PATH=/bin', 'X=12'] },
    { flags: ['--build-arg', 'A=1', '--build-arg', 'B=2'] },
  ),
  { name: 'a base image that is not there', dockerfile: 'FROM localhost:1/no/such:image', fails: 'localhost:1' },
  {
    name: '-f elsewhere',
    dockerfile: '',
    context: { 'sub/Other': 'FROM base\nENV A=1', Dockerfile: 'FROM nothing' },
    flags: ['-f', 'sub/Other'],
    config: { Env: ['PATH=/bin', 'A=1'] },
  },
];
