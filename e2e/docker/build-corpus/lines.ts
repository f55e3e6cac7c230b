import { NEWER, type BuildCase } from './build-case.ts';

/** Lines, directives, heredocs. */
export const LINES: readonly BuildCase[] = [
  {
    name: 'continued lines',
    dockerfile: 'FROM base\nRUN echo one \\\n  two \\\n  three > /a',
    has: { '/a': 'one two three\n' },
  },
  {
    name: 'white space after the escape',
    dockerfile: 'FROM base\nRUN echo one \\  \n  two > /a',
    has: { '/a': 'one two\n' },
  },
  {
    name: 'Windows line ends',
    dockerfile: 'FROM base\r\nRUN echo one \\\r\n  two > /a\r\nENV B=1\r\n',
    has: { '/a': 'one two\n' },
    config: { Env: ['PATH=/bin', 'B=1'] },
  },
  {
    name: 'a byte order mark',
    dockerfile: '\uFEFFFROM base\nENV A=1',
    config: { Env: ['PATH=/bin', 'A=1'] },
  },
  {
    name: 'comments and empty lines',
    dockerfile: '# first\n\n   # second\nFROM base\n\n# third\nENV A=1 # not a comment=x\n#',
    config: { Env: ['PATH=/bin', 'A=1'] },
    fails: "can't find =",
  },
  {
    name: 'comments inside a command',
    dockerfile: 'FROM base\nRUN echo one \\\n# not said\n\n  two > /a',
    has: { '/a': 'one two\n' },
  },
  {
    name: 'instructions in small letters',
    dockerfile: 'from base\nrun echo x > /a\nenv A=1',
    has: { '/a': 'x\n' },
    config: { Env: ['PATH=/bin', 'A=1'] },
  },
  {
    name: 'indented instructions',
    dockerfile: '   FROM base\n\tENV A=1',
    config: { Env: ['PATH=/bin', 'A=1'] },
  },
  {
    name: 'another escape character',
    dockerfile: '# escape=`\nFROM base\nRUN echo one `\n  two > /a\nENV A=a\\b B=c`$d',
    has: { '/a': 'one two\n' },
    config: { Env: ['PATH=/bin', 'A=a\\b', 'B=c$d'] },
  },
  { name: 'an escape character there cannot be', dockerfile: '# escape=x\nFROM base', fails: 'invalid escape token' },
  {
    name: 'a directive twice',
    dockerfile: '# escape=`\n# escape=`\nFROM base',
    fails: 'only one escape parser directive',
  },
  {
    name: 'a directive after a comment is a comment',
    dockerfile: '# comment\n# escape=`\nFROM base\nRUN echo one \\\n  two > /a',
    has: { '/a': 'one two\n' },
  },
  {
    name: 'the syntax directive of the language itself',
    dockerfile: '# syntax=docker/dockerfile:1\nFROM base\nENV A=1',
    config: { Env: ['PATH=/bin', 'A=1'] },
    alone: 'fetches an image from the internet',
  },
  {
    name: 'the syntax directive of another frontend',
    dockerfile: '# syntax=someone/frontend\nFROM base',
    fails: 'the frontend someone/frontend is not supported',
    alone: 'fetches an image from the internet',
  },
  {
    name: 'a heredoc for RUN',
    dockerfile: 'FROM base\nRUN <<EOF\necho one > /a\necho two >> /a\nEOF\nENV A=1',
    has: { '/a': 'one\ntwo\n' },
    alone: NEWER,
  },
  {
    name: 'a heredoc that is a script',
    dockerfile: 'FROM base\nRUN <<EOF\n#!/bin/sh\necho "$0" > /a\nEOF',
    has: { '/a': '/dev/pipes/EOF\n' },
    alone: NEWER,
  },
  {
    name: 'a heredoc with tabs taken off',
    dockerfile: 'FROM base\nRUN <<-EOF\n\techo one > /a\n\tEOF\nCOPY <<-EOF /b\n\t\ttwo\n\tEOF',
    has: { '/a': 'one\n', '/b': 'two\n' },
    alone: NEWER,
  },
  {
    name: 'a heredoc as the input of a command',
    dockerfile: 'FROM base\nRUN cat <<EOF > /a\none $((1 + 1))\nEOF',
    has: { '/a': 'one 2\n' },
    alone: NEWER,
  },
  {
    name: 'two heredocs for a shell',
    dockerfile: 'FROM base\nRUN cat <<A > /a && cat <<B > /b\none\nA\ntwo\nB',
    has: { '/a': 'one\n', '/b': 'two\n' },
    alone: NEWER,
  },
  {
    name: 'COPY of heredocs',
    dockerfile: 'FROM base\nENV V=value\nCOPY <<one <<"two" /d/\n$V ${V}\none\n$V "quoted"\ntwo',
    has: { '/d/one': 'value value\n', '/d/two': '$V "quoted"\n' },
    alone: NEWER,
  },
  {
    name: 'COPY of a heredoc under another name, with an owner and a mode',
    dockerfile: "FROM base\nCOPY --chown=app --chmod=600 <<EOF /a\ntext with 'quotes'\nEOF",
    has: { '/a': "text with 'quotes'\n" },
    alone: NEWER,
  },
  {
    name: 'ADD of a heredoc beside a file',
    dockerfile: 'FROM base\nADD file <<text /d/\nsome\ntext',
    context: { file: 'content' },
    has: { '/d/file': 'content', '/d/text': 'some\n' },
    alone: NEWER,
  },
  {
    name: 'a heredoc without an end',
    dockerfile: 'FROM base\nRUN <<EOF\necho',
    fails: 'unterminated heredoc',
    alone: NEWER,
  },
  {
    name: 'a heredoc in JSON is none',
    dockerfile: 'FROM base\nRUN ["/bin/echo", "<<EOF"]\nENV A=1',
    config: { Env: ['PATH=/bin', 'A=1'] },
  },
  {
    name: 'several heredocs in one line, each with its own rules',
    dockerfile: `FROM base
COPY <<a.sh <<'b.sh' <<-"c.sh" /s/
$PATH \${X:-d}
a.sh
$PATH \${X:-d}
b.sh
\t\ttab
\tc.sh
RUN <<E1 cat - <<E2 > /z
one
E1
two
E2
RUN 3<<EOF cat <&3 > /n
fd three
EOF`,
    has: { '/s/a.sh': '/bin d\n', '/s/b.sh': '$PATH ${X:-d}\n', '/s/c.sh': 'tab\n', '/z': 'two\n', '/n': 'fd three\n' },
    alone: NEWER,
  },
  {
    name: 'a heredoc for a shell of its own, and one with a variable for a name',
    dockerfile:
      'FROM base\nRUN sh <<EOF\n  if true; then\n    echo "nested" > /w\n  fi\nEOF\nCOPY <<$F /d/\nx\n$F\nSHELL ["/bin/sh","-ec"]\nRUN <<EOF\nfalse || echo $- > /p\nEOF',
    has: { '/w': 'nested\n', '/d/$F': 'x\n', '/p': 'ce\n' },
    alone: NEWER,
  },
  {
    name: 'an empty heredoc',
    dockerfile: 'FROM base\nCOPY <<EOF /a\nEOF',
    has: { '/a': '' },
    alone: NEWER,
  },
  {
    name: 'an unknown instruction',
    dockerfile: 'FROM base\nCOPPY a b',
    fails: 'unknown instruction: COPPY (did you mean COPY?)',
  },
  {
    name: 'nothing before FROM but ARG',
    dockerfile: 'RUN true\nFROM base',
    fails: 'no build stage in current context',
  },
  { name: 'nothing at all', dockerfile: '# only a comment\n', fails: 'file with no instructions' },
  { name: 'blank lines', dockerfile: '\n\n\t\n', fails: 'file with no instructions' },
  {
    name: 'an instruction without arguments',
    dockerfile: 'FROM base\nENV',
    fails: 'ENV requires at least one argument',
  },
  { name: 'FROM with two words', dockerfile: 'FROM base x', fails: 'FROM requires either one or three arguments' },
  { name: 'a stage name that cannot be', dockerfile: 'FROM base AS 1st', fails: 'invalid name for build stage' },
  {
    name: 'a flag that is not known',
    dockerfile: 'FROM base\nCOPY --form=x a b',
    fails: 'unknown flag: --form (did you mean from?)',
  },
  {
    name: 'a flag twice',
    dockerfile: 'FROM base\nCOPY --from=a --from=b a b',
    fails: 'duplicate flag specified: --from',
  },
  {
    name: 'a flag without its value',
    dockerfile: 'FROM base\nCOPY --chown a b',
    fails: 'missing a value on flag: --chown',
  },
];
