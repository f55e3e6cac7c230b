import { NEWER, STAYS, type BuildCase } from './build-case.ts';

/** Several stages, COPY --from, ONBUILD, RUN's mounts. */
export const STAGES: readonly BuildCase[] = [
  {
    name: 'COPY --from by name and by number',
    dockerfile: 'FROM base AS One\nRUN echo 1 > /one\nFROM base\nCOPY --from=one /one /a\nCOPY --from=0 /one /b',
    has: { '/a': '1\n', '/b': '1\n' },
  },
  {
    name: 'COPY --from keeps owners and modes',
    dockerfile:
      'FROM base AS one\nRUN mkdir /d && echo x > /d/x && chown app:extra /d/x && chmod 4711 /d/x\nFROM base\nCOPY --from=one /d /d\nCOPY --from=one --chown=0:0 /d/x /y',
    has: { '/d/x': 'file 4711 1000 2000', '/y': 'file 4711 0 0' },
  },
  {
    name: 'COPY --from through links and with patterns',
    dockerfile:
      'FROM base AS one\nRUN mkdir -p /real/sub && echo 1 > /real/a.txt && echo 2 > /real/sub/b.txt && ln -s real /way && ln -s a.txt /real/l\nFROM base\nCOPY --from=one /way/*.txt /d/\nCOPY --from=one /way/sub /s\nCOPY --from=one /real/l /e/',
    has: { '/d/a.txt': '1\n', '/s/b.txt': '2\n', '/e/l': '1\n' },
  },
  {
    name: 'COPY --from of what is not there',
    dockerfile: 'FROM base AS one\nFROM base\nCOPY --from=one /nothing /',
    fails: 'not found',
  },
  {
    name: 'COPY --from an image',
    dockerfile: 'FROM scratch\nCOPY --from=base /etc/passwd /etc/group /x/',
    has: { '/x/passwd': 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n' },
  },
  {
    name: 'COPY --from of hard links',
    dockerfile: 'FROM base AS one\nRUN mkdir /d && echo x > /d/a && ln /d/a /d/b\nFROM scratch\nCOPY --from=one /d /d',
    has: { '/d/a': 'x\n', '/d/b': 'x\n' },
  },
  {
    name: 'a stage on a stage',
    dockerfile:
      'FROM base AS one\nENV A=1\nWORKDIR /w\nUSER app\nFROM one AS two\nENV B=2\nRUN pwd > /tmp/pwd && id -u > /tmp/id\nFROM two\nENV C=3',
    has: { '/tmp/pwd': '/w\n', '/tmp/id': '1000\n' },
    config: { Env: ['PATH=/bin', 'A=1', 'B=2', 'C=3'], WorkingDir: '/w', User: 'app' },
  },
  {
    name: 'a target',
    dockerfile: 'FROM base AS one\nENV A=1\nFROM base AS two\nENV B=2\nRUN false',
    flags: ['--target', 'one'],
    config: { Env: ['PATH=/bin', 'A=1'] },
  },
  {
    name: 'a stage that nothing needs is not built',
    dockerfile: 'FROM base AS broken\nRUN false\nFROM base\nENV A=1',
    config: { Env: ['PATH=/bin', 'A=1'] },
  },
  {
    name: 'scratch',
    dockerfile: 'FROM scratch\nCOPY file /\nCMD ["/file"]',
    context: { file: 'x' },
    has: { '/file': 'x' },
    config: { Cmd: ['/file'] },
  },
  {
    name: 'nothing but scratch',
    dockerfile: 'FROM scratch\nLABEL a=b',
    config: { Labels: { a: 'b' } },
    alone: 'its dockerd cannot make a container of an image without layers',
  },
  {
    name: 'ONBUILD of a stage',
    dockerfile:
      'FROM base AS one\nONBUILD ENV A=1\nONBUILD RUN echo "$A" > /a\nONBUILD COPY file /b\nFROM one\nRUN cat /a /b > /c',
    context: { file: 'x' },
    has: { '/a': '1\n', '/c': '1\nx' },
    config: { OnBuild: null, Env: ['PATH=/bin', 'A=1'] },
  },
  {
    name: 'ONBUILD is kept for others',
    dockerfile: 'FROM base\nONBUILD RUN true\nONBUILD ENV A=b',
    config: { OnBuild: ['RUN true', 'ENV A=b'] },
  },
  {
    name: 'ONBUILD of a stage on a stage',
    dockerfile:
      'FROM base AS a\nONBUILD ARG V=1\nONBUILD ENV W=$V\nONBUILD WORKDIR /w\nONBUILD RUN echo $W > w\nFROM a AS b\nONBUILD RUN echo from-b > z\nFROM b\nRUN ls > /list\nONBUILD LABEL x=y',
    flags: ['--build-arg', 'V=2'],
    has: { '/w/w': '2\n', '/w/z': 'from-b\n', '/list': 'w\nz\n' },
    config: { OnBuild: ['LABEL x=y'], Env: ['PATH=/bin', 'W=2'], WorkingDir: '/w' },
  },
  { name: 'ONBUILD of ONBUILD', dockerfile: 'FROM base\nONBUILD ONBUILD RUN true', fails: "isn't allowed" },
  {
    name: 'ONBUILD FROM',
    dockerfile: 'FROM base\nONBUILD FROM base',
    fails: "FROM isn't allowed as an ONBUILD trigger",
  },
  {
    name: 'ONBUILD that copies from a stage of the child',
    dockerfile:
      'FROM base AS tool\nRUN echo t > /t\nFROM base AS parent\nONBUILD COPY --from=tool /t /copied\nFROM parent\nENV A=1',
    has: { '/copied': 't\n' },
    alone: NEWER,
  },
  {
    name: 'RUN --mount=type=bind of the context',
    alone: STAYS,
    dockerfile: 'FROM base\nRUN --mount=type=bind,source=dir,target=/m cat /m/file > /a && ! touch /m/x 2>/dev/null',
    context: { 'dir/file': 'x' },
    has: { '/a': 'x', '/m': null },
  },
  {
    name: 'RUN --mount=type=bind of a single file',
    dockerfile: 'FROM base\nRUN --mount=source=dir/file,target=/m cat /m > /a',
    context: { 'dir/file': 'x' },
    has: { '/a': 'x', '/m': null },
  },
  {
    name: 'RUN --mount=type=bind from a stage, and what is written is lost',
    alone: STAYS,
    dockerfile:
      'FROM base AS one\nRUN mkdir /d && echo 1 > /d/f\nFROM base\nRUN --mount=type=bind,from=one,source=/d,target=/m,rw cat /m/f > /a && echo 2 > /m/f\nRUN --mount=from=one,target=/m cat /m/d/f > /b',
    has: { '/a': '1\n', '/b': '1\n', '/m': null },
  },
  {
    name: 'RUN --mount=type=cache is kept from step to step',
    alone: STAYS,
    dockerfile:
      'FROM base\nRUN --mount=type=cache,target=/c,id=corpus-one echo 1 > /c/f\nRUN --mount=type=cache,target=/d,id=corpus-one cat /d/f > /a',
    has: { '/a': '1\n', '/c': null, '/d': null },
  },
  {
    name: 'RUN --mount=type=cache with an owner and a mode',
    alone: STAYS,
    dockerfile:
      'FROM base\nRUN --mount=type=cache,target=/c,id=corpus-two,uid=1000,gid=2000,mode=0750 stat -c "%a %u %g" /c > /a',
    has: { '/a': '750 1000 2000\n' },
  },
  {
    name: 'RUN --mount=type=cache from a stage',
    alone: STAYS,
    dockerfile:
      'FROM base AS one\nRUN mkdir /d && echo 1 > /d/f\nFROM base\nRUN --mount=type=cache,target=/c,id=corpus-three,from=one,source=/d cat /c/f > /a',
    has: { '/a': '1\n' },
  },
  {
    name: 'RUN --mount=type=cache from a directory of a stage has its owner and mode, whatever is asked for',
    alone: STAYS,
    dockerfile:
      'FROM base AS one\nRUN mkdir -m 711 /d && chown app:extra /d\nFROM base\nRUN --mount=type=cache,target=/c,id=corpus-four,from=one,source=/d,uid=12,gid=34,mode=0750 stat -c "%a %u %g" /c > /a',
    has: { '/a': '711 1000 2000\n' },
  },
  {
    name: 'RUN --mount=type=tmpfs',
    alone: STAYS,
    dockerfile: 'FROM base\nRUN --mount=type=tmpfs,target=/t echo x > /t/x && cat /t/x > /a',
    has: { '/a': 'x\n', '/t': null },
  },
  {
    name: 'RUN --mount=type=secret that is not there',
    dockerfile: 'FROM base\nRUN --mount=type=secret,id=none ls /run/secrets 2>/dev/null || echo nothing > /a',
    has: { '/a': 'nothing\n' },
  },
  {
    name: 'RUN --mount=type=secret that is not there as a variable, and ssh without an agent',
    dockerfile:
      'FROM base\nRUN --mount=type=secret,id=none,env=TOKEN --mount=type=ssh env | grep -E "^(TOKEN|SSH_AUTH_SOCK)=" | sort > /a; test -e $SSH_AUTH_SOCK || echo none >> /a',
    has: { '/a': 'SSH_AUTH_SOCK=/run/buildkit/ssh_agent.0\nTOKEN=\nnone\n' },
    alone: NEWER,
  },
  {
    name: 'RUN --mount=type=secret that must be there',
    dockerfile: 'FROM base\nRUN --mount=type=secret,id=none,required true',
    fails: 'none: not found',
  },
  {
    name: 'a mount of no known type',
    dockerfile: 'FROM base\nRUN --mount=type=magic,target=/x true',
    fails: 'unsupported mount type',
  },
  { name: 'a mount without a target', dockerfile: 'FROM base\nRUN --mount=type=tmpfs true', fails: 'target' },
  {
    name: 'a mount with a key of another kind',
    alone: NEWER,
    dockerfile: 'FROM base\nRUN --mount=type=cache,target=/x,size=1 true',
    fails: 'unexpected key',
  },
  {
    name: 'RUN --network=none',
    dockerfile: 'FROM base\nRUN --network=none ip -o link | wc -l > /a',
    has: { '/a': '1\n' },
    alone: NEWER,
  },
  {
    name: 'mounts leave no trace where there was nothing',
    alone: STAYS,
    dockerfile:
      'FROM scratch\nCOPY --from=base /bin /bin\nENV PATH=/bin\nRUN --mount=type=tmpfs,target=/a/b/c true\nRUN echo x > /x',
    has: { '/a': null, '/x': 'x\n', '/etc/resolv.conf': null, '/proc': null },
  },
];
