import { NEWER, type BuildCase } from './build-case.ts';

/** ARG, ENV and the forms of expansion. */
const env = (name: string, lines: string, value: string, extra: Partial<BuildCase> = {}): BuildCase => ({
  name,
  dockerfile: `FROM base\n${lines}`,
  config: { Env: expect(value) },
  ...extra,
});

/** `A=1 B=2` after those of the base image. */
function expect(value: string): readonly string[] {
  return ['PATH=/bin', ...value.split('|').filter((one) => one !== '')];
}

export const EXPANSION: readonly BuildCase[] = [
  env('ENV with several names', 'ENV A=1 B=2', 'A=1|B=2'),
  env('ENV in the old form', 'ENV A one  two', 'A=one  two'),
  env('ENV with quotes', `ENV A="one two" B='three four' C=five\\ six`, 'A=one two|B=three four|C=five six'),
  env('ENV replaces a value in its place', 'ENV A=1\nENV B=2\nENV A=3', 'A=3|B=2'),
  env('one instruction sees the values before it', 'ENV A=hello\nENV A=bye B=$A\nENV C=$A', 'A=bye|B=hello|C=bye'),
  env('braces', 'ENV A=x\nENV B=${A}y C=$A-y', 'A=x|B=xy|C=x-y'),
  env('an unset variable is nothing', 'ENV B=[$NONE] C=[${NONE}]', 'B=[]|C=[]'),
  env(':- default', 'ENV E=\nENV B=${N:-d} C=${E:-d} D=${PATH:-d}', 'E=|B=d|C=d|D=/bin'),
  env('- default, only for what is not set', 'ENV E=\nENV B=${N-d} C=${E-d}', 'E=|B=d|C=', { alone: NEWER }),
  env(':+ instead', 'ENV E= F=f\nENV B=${N:+d} C=${E:+d} D=${F:+d}', 'E=|F=f|B=|C=|D=d'),
  env('+ instead, also of what is empty', 'ENV E= F=f\nENV B=${N+d} C=${E+d} D=${F+d}', 'E=|F=f|B=|C=d|D=d', {
    alone: NEWER,
  }),
  env('a default with a variable in it', 'ENV A=a\nENV B=${N:-x$A} C=${N:-${A}y}', 'A=a|B=xa|C=ay'),
  { name: ':? of what is not set', dockerfile: 'FROM base\nENV B="${N:?give it}"', fails: 'N: give it' },
  {
    name: '? of what is not set',
    dockerfile: 'FROM base\nENV B=${N?}',
    fails: 'N: is not allowed to be unset',
    alone: NEWER,
  },
  env('# takes the shortest beginning', 'ENV A=a.b.c\nENV B=${A#*.} C=${A##*.}', 'A=a.b.c|B=b.c|C=c', { alone: NEWER }),
  env('% takes the shortest end', 'ENV A=a.b.c\nENV B=${A%.*} C=${A%%.*}', 'A=a.b.c|B=a.b|C=a', { alone: NEWER }),
  env('a pattern that does not match', 'ENV A=abc\nENV B=${A#x} C=${A%x}', 'A=abc|B=abc|C=abc', { alone: NEWER }),
  env('/ replaces once, // all', 'ENV A=banana\nENV B=${A/an/-} C=${A//an/-}', 'A=banana|B=b-ana|C=b--a', {
    alone: NEWER,
  }),
  env('/ with a pattern', 'ENV A=a1b2\nENV B=${A/?2/x}', 'A=a1b2|B=a1x', { alone: NEWER }),
  env('an escaped dollar', 'ENV A=x\nENV B=\\$A C="\\$A" D=\'$A\'', 'A=x|B=$A|C=$A|D=$A'),
  env('a backslash in quotes', String.raw`ENV A="a\b" B='a\b' C=a\\b`, String.raw`A=a\b|B=a\b|C=a\b`),
  env('a lone dollar', 'ENV A=$ B=a$', 'A=$|B=a$'),
  env('quotes inside a word', `ENV A=a"b c"d'e f'`, 'A=ab cde f'),
  env('an empty value', 'ENV A= B=""', 'A=|B='),
  env('a value with equal signs', 'ENV A=b=c==', 'A=b=c=='),
  env('values over several lines', 'ENV A=1 \\\n    B=2 \\\n\n    C=3', 'A=1|B=2|C=3'),
  env('comments between lines', 'ENV A=1 \\\n# about B\n    B=2', 'A=1|B=2'),
  env('indented comments between lines', 'ENV A=1 \\\n   # about B\n    B=2', 'A=1|B=2'),
  env('an ARG in ENV', 'ARG V=1\nENV A=$V', 'A=1'),
  env('a given ARG', 'ARG V=1\nENV A=$V', 'A=2', { flags: ['--build-arg', 'V=2'] }),
  env('an ARG given as nothing', 'ARG V=1\nENV A=[$V]', 'A=[]', { flags: ['--build-arg', 'V='] }),
  env('an ARG without a value', 'ARG V\nENV A=[$V]', 'A=[]'),
  env('an ARG counts from its line on', 'ENV A=[$V]\nARG V=1\nENV B=[$V]', 'A=[]|B=[1]'),
  env('an ARG with a default of another', 'ARG V=1\nARG W=$V-2\nENV A=$W', 'A=1-2'),
  env('ENV outranks ARG', 'ARG V=1\nENV V=2\nENV A=$V', 'V=2|A=2', { flags: ['--build-arg', 'V=3'] }),
  env('several ARGs on a line', 'ARG A=1 B C=3\nENV X=$A-$B-$C', 'X=1--3', { alone: NEWER }),
  env('a quoted ARG', 'ARG A="one two"\nENV X=$A', 'X=one two'),
  env('an undeclared build argument is nothing', 'ENV A=[$V]', 'A=[]', { flags: ['--build-arg', 'V=1'] }),
  {
    name: 'an ARG before FROM is for FROM',
    dockerfile: 'ARG IMAGE=base\nFROM $IMAGE\nENV A=[$IMAGE]',
    config: { Env: expect('A=[]') },
  },
  {
    name: 'an ARG before FROM, declared again',
    dockerfile: 'ARG V=outer\nFROM base\nARG V\nENV A=$V',
    config: { Env: expect('A=outer') },
  },
  {
    name: 'a default inside outranks one before FROM',
    dockerfile: 'ARG V=outer\nFROM base\nARG V=inner\nENV A=$V',
    config: { Env: expect('A=inner') },
  },
  {
    name: 'an ARG before FROM with another in it',
    dockerfile: 'ARG A=ba\nARG B=${A}se\nFROM ${B}\nENV X=1',
    config: { Env: expect('X=1') },
  },
  {
    name: 'a default in FROM',
    dockerfile: 'ARG V\nFROM ${V:-base}\nENV X=1',
    config: { Env: expect('X=1') },
  },
  {
    name: 'an ARG of a stage is there in a stage built on it',
    dockerfile: 'FROM base AS one\nARG V=1\nFROM one\nRUN echo "$V" > /v',
    has: { '/v': '1\n' },
  },
  {
    name: 'ARGs over three stages, by ENV and by another ARG',
    dockerfile: `ARG G=glob
ARG H=\${G}2
FROM base AS a
ARG G
ARG L=\${G:-none}\${H:-none}
FROM a AS b
RUN echo "$G $L $H" > /b
ARG G=over
RUN echo "$G $L" > /c
ENV G=env
ARG G=again
RUN echo "$G" > /d
FROM base
ARG H
COPY --from=b /b /c /d /o/
RUN echo "$H $G" > /e`,
    has: { '/o/b': 'glob globnone \n', '/o/c': 'over globnone\n', '/o/d': 'again\n', '/e': 'glob2 \n' },
  },
  {
    name: 'an ARG is in the environment of RUN and not of the image',
    dockerfile: 'FROM base\nARG V=1\nRUN env | grep ^V= > /v',
    has: { '/v': 'V=1\n' },
    config: { Env: expect('') },
  },
  {
    name: 'a platform argument, once declared',
    dockerfile: 'FROM base\nRUN echo "[$TARGETOS]" > /a\nARG TARGETOS\nARG TARGETARCH\nRUN echo "$TARGETOS" > /b',
    has: { '/a': '[]\n', '/b': 'linux\n' },
  },
  {
    name: 'a proxy is there without a word and not in the image',
    dockerfile: 'FROM base\nRUN echo "$HTTP_PROXY" > /p; echo "$http_proxy $(env | grep -c ^HOSTNAME)" > /q',
    flags: ['--build-arg', 'HTTP_PROXY=http://nowhere.invalid'],
    has: { '/p': 'http://nowhere.invalid\n', '/q': 'http://nowhere.invalid 0\n' },
    config: { Env: expect('') },
  },
  {
    name: 'RUN is expanded by its shell',
    dockerfile: `FROM base\nENV A=1\nRUN A=2; echo "$A \${A}" '$A' > /a`,
    has: { '/a': '2 2 $A\n' },
  },
  {
    name: 'variables in most instructions',
    dockerfile: `FROM base
ENV D=/dir U=app P=8080 S=SIGINT F=file L=label
WORKDIR $D
COPY $F \${D}/copied
EXPOSE $P
VOLUME $D/volume
USER $U
STOPSIGNAL $S
LABEL $L=$F`,
    context: { file: 'content' },
    has: { '/dir/copied': 'content' },
    config: {
      WorkingDir: '/dir',
      User: 'app',
      StopSignal: 'SIGINT',
      ExposedPorts: { '8080/tcp': {} },
      Volumes: { '/dir/volume': {} },
      Labels: { label: 'file' },
    },
  },
  {
    name: 'CMD and ENTRYPOINT are not expanded',
    dockerfile: 'FROM base\nENV A=1\nENTRYPOINT ["echo", "$A"]\nCMD ["${A}"]',
    config: { Entrypoint: ['echo', '$A'], Cmd: ['${A}'] },
  },
  { name: 'an open brace', dockerfile: 'FROM base\nENV A=${B', fails: 'syntax error' },
  { name: 'a quote without an end', dockerfile: 'FROM base\nENV A="b', fails: 'unexpected end of statement' },
  { name: 'a modifier there is none of', dockerfile: 'FROM base\nENV A=${B:x}', fails: 'unsupported modifier' },
];
