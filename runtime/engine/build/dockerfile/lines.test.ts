import { describe, expect, it } from 'vitest';
import { chomped, readLines, type Lines } from './lines.ts';
import { parseDockerfile } from './parse.ts';

const read = (text: string): Lines => readLines({ name: 'Dockerfile', lines: text.split(/\r?\n/) });
/** Statements as `NAME rest @start-end`. */
const shown = (text: string): string[] =>
  read(text).statements.map(({ name, rest, span }) => `${name} ${rest} @${span.start}-${span.end}`);

describe('statements of a Dockerfile', () => {
  it.each([
    ['one on each line', 'FROM a\nRUN b', ['FROM a @1-1', 'RUN b @2-2']],
    ['space before it, and any case', '  from a\n\trun b', ['FROM a @1-1', 'RUN b @2-2']],
    ['empty lines and comments between', '\n# c\nFROM a\n\n  # c\nRUN b', ['FROM a @3-3', 'RUN b @6-6']],
    ['goes on behind an escape', 'RUN a \\\n  b', ['RUN a   b @1-2']],
    ['goes on with space behind the escape', 'RUN a\\ \t\nb', ['RUN ab @1-2']],
    ['an escape that is escaped goes on nowhere', 'RUN a\\\\\nUSER b', ['RUN a\\\\ @1-1', 'USER b @2-2']],
    ['a comment in the middle', 'RUN a \\\n# c\n  # d\nb', ['RUN a b @1-4']],
    ['an empty line in the middle', 'RUN a \\\n\nb', ['RUN a b @1-3']],
    ['a comment with an escape does not go on', '# c \\\nRUN a', ['RUN a @2-2']],
    ['a hash behind other words is no comment', 'RUN a # b', ['RUN a # b @1-1']],
    ['an escape at the very end', 'RUN a \\', ['RUN a @1-1']],
    ['line ends of Windows', 'FROM a\r\nRUN b \\\r\n c\r\n', ['FROM a @1-1', 'RUN b  c @2-3']],
    ['the escape ` by directive', '# escape=`\nRUN a `\nb\nRUN c:\\', ['RUN a b @2-3', 'RUN c:\\ @4-4']],
    ['in ` mode \\ does not go on', '#escape = `\nRUN a \\\nRUN b', ['RUN a \\ @2-2', 'RUN b @3-3']],
  ])('%s', (_, text, statements) => {
    expect(shown(text)).toEqual(statements);
  });

  it('knows lines that are empty in the middle of an instruction', () => {
    expect(read('RUN a \\\n\n# c\n\nb').emptyContinuations).toEqual([5]);
  });

  it.each([
    ['# syntax=docker/dockerfile:1\n# escape=`\n# check=skip=all\nFROM a', ['docker/dockerfile:1', '`', 'skip=all']],
    ['#SyNtAx =  x  \nFROM a', ['x', '\\', '']],
    ['# a comment\n# syntax=x\nFROM a', ['', '\\', '']],
    ['# other=x\n# syntax=y\nFROM a', ['', '\\', '']],
    ['FROM a\n# escape=`', ['', '\\', '']],
    ['\n# escape=`\nFROM a', ['', '\\', '']],
  ])('directives of %j', (text, directives) => {
    const { syntax, escape, check } = read(text);
    expect([syntax, escape, check]).toEqual(directives);
  });

  it.each([
    ['# escape=x', "line 1: invalid escape token 'x'"],
    ['# syntax=a\n# syntax=b', 'line 2: only one syntax parser directive can be used'],
    ['FROM a\nRUN <<EOF\nb', 'unterminated heredoc'],
    [`RUN ${'x'.repeat(65_536)}`, 'line 1: dockerfile line greater than max allowed size of 65535'],
  ])('refuses %.30j', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('flags before the arguments', () => {
  it.each([
    ['COPY --from=a b c', ['--from=a'], 'b c'],
    ['COPY --from=a  --link b c', ['--from=a', '--link'], 'b c'],
    ['RUN --mount=type=bind,target="a b" c', ['--mount=type=bind,target=a b'], 'c'],
    ["RUN --mount=target='a\"b' c", ['--mount=target=a"b'], 'c'],
    ['RUN --mount=target=a\\ b c', ['--mount=target=a b'], 'c'],
    ['RUN --network=none -- --x', ['--network=none'], '--x'],
    ['RUN a --network=none', [], 'a --network=none'],
    ['RUN --network=none', ['--network=none'], ''],
    ['COPY --chown=1 \\\n  --link \\\n  a b', ['--chown=1', '--link'], 'a b'],
  ])('%j', (text, flags, rest) => {
    expect(read(text).statements).toMatchObject([{ flags, rest }]);
  });
});

describe('heredocs', () => {
  /** Each as `name expand|plain content`. */
  const heredocs = (text: string): string[] =>
    read(text).statements.flatMap((statement) =>
      statement.heredocs.map((one) => `${one.name} ${one.expand ? 'expand' : 'plain'} ${JSON.stringify(chomped(one))}`),
    );

  it.each([
    ['RUN <<EOF\na\n b\nEOF', ['EOF expand "a\\n b\\n"']],
    ['RUN <<EOF\nEOF', ['EOF expand ""']],
    ['RUN <<"EOF"\n$a\nEOF', ['EOF plain "$a\\n"']],
    ["RUN <<'EOF'\n$a\nEOF", ['EOF plain "$a\\n"']],
    ['RUN <<E"O"F\na\nEOF', ['EOF plain "a\\n"']],
    ['RUN <<-EOF\n\ta\n\t\tb\n \tc\n\tEOF', ['EOF expand "a\\nb\\n \\tc\\n"']],
    ['RUN <<EOF\na\n\tEOF\nEOF', ['EOF expand "a\\n\\tEOF\\n"']],
    ['RUN <<-"EOF"\n\t$a\nEOF', ['EOF plain "$a\\n"']],
    ['RUN 3<<EOF cat\na\nEOF', ['EOF expand "a\\n"']],
    ['COPY <<a <<b /c/\n1\na\n2\nb', ['a expand "1\\n"', 'b expand "2\\n"']],
    ['RUN <<a cat; <<b\n1\nb\na\n2\nb', ['a expand "1\\nb\\n"', 'b expand "2\\n"']],
    ['RUN <<EOF\r\na\r\nEOF\r\n', ['EOF expand "a\\n"']],
    ['RUN <<EOF\n# no comment\na \\\n\nEOF', ['EOF expand "# no comment\\na \\\\\\n\\n"']],
    ['RUN cat \\\n<<EOF\na\nEOF', ['EOF expand "a\\n"']],
    ['ONBUILD RUN <<EOF\na\nEOF', ['EOF expand "a\\n"']],
    // Variables of a name are not looked up.
    ['COPY <<$F <<"${G:-x}" /d/\na\n$F\nb\n${G:-x}', ['$F expand "a\\n"', '${G:-x} plain "b\\n"']],
    // None of these opens one.
    ['RUN ["<<EOF"]', []],
    ['RUN cat <<<EOF', []],
    ['RUN echo $((1<<2))', []],
    ['RUN echo "<<EOF"', []],
    ['RUN echo a<<EOF', []],
    ['CMD <<EOF', []],
  ])('%j', (text, found) => {
    expect(heredocs(text)).toEqual(found);
  });

  it('go on with the statement behind them', () => {
    expect(shown('RUN <<EOF\na\nEOF\nUSER b')).toEqual(['RUN <<EOF @1-3', 'USER b @4-4']);
  });

  it('are no names of files to copy, and no destination', () => {
    const [stage] = parseDockerfile('FROM a\nCOPY <<x y /d/\n1\nx').stages;
    expect(stage?.instructions).toMatchObject([{ sources: ['y'], destination: '/d/', heredocs: [{ name: 'x' }] }]);
    expect(() => parseDockerfile('FROM a\nCOPY y <<x\n1\nx')).toThrow('cannot accept a heredoc as a destination');
  });
});
