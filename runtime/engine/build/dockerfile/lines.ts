import { expandWord } from './expand.ts';
import { BareMistake, DockerfileError, mistakeText, SyntaxMistake, type SourceFile, type Span } from './source.ts';
import { jsonStrings, splitWords } from './words.ts';

/** The content of one `<<NAME` of an instruction. */
export interface Heredoc {
  readonly name: string;
  /** Variables in its content are to be expanded: its name was not quoted. */
  readonly expand: boolean;
  /** `<<-`: leading tabs are taken off. */
  readonly chomp: boolean;
  readonly content: string;
}

/** One instruction with its continuation lines joined. */
export interface Statement {
  /** In upper case. */
  readonly name: string;
  /** As it was written, `Run`. */
  readonly written: string;
  /** `--name` and `--name=value` before the arguments. */
  readonly flags: readonly string[];
  readonly rest: string;
  readonly span: Span;
  readonly heredocs: readonly Heredoc[];
}

/** A Dockerfile's statements and what its first comments say. */
export interface Lines {
  readonly statements: readonly Statement[];
  readonly escape: string;
  /** `# syntax=`; '' when there is none. */
  readonly syntax: string;
  /** `# check=`; '' when there is none. */
  readonly check: string;
  /** Last lines of instructions that have an empty one in the middle. */
  readonly emptyContinuations: readonly number[];
  readonly comments: ReadonlyMap<number, string>;
}

/** As in BuildKit's scanner. */
const LINE_LENGTH_MAX = 65_535;
const HEREDOC_INSTRUCTIONS: ReadonlySet<string> = new Set(['RUN', 'COPY', 'ADD']);

/** Splits a Dockerfile into statements. Throws DockerfileError. */
export function readLines(source: SourceFile): Lines {
  const { lines } = source;
  const directives = readDirectives(source);
  const escape = directives.escape === '' ? '\\' : directives.escape;
  const continued = escape === '\\' ? /(^|[^\\])\\[ \t]*$/ : /(^|[^`])`[ \t]*$/;
  const statements: Statement[] = [];
  const emptyContinuations: number[] = [];
  const comments = new Map<number, string>();
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trimStart();
    if (line.startsWith('#')) {
      comments.set(at + 1, line.slice(1).trim());
      continue;
    }
    if (line === '') continue;
    const start = at + 1;
    let text = line;
    let hasEmpty = false;
    while (continued.test(text)) {
      text = text.replace(continued, '$1');
      const next = lines[at + 1];
      if (next === undefined) break;
      at += 1;
      const isComment = next.trimStart().startsWith('#');
      if (isComment || next.trim() === '') {
        hasEmpty ||= !isComment;
        // Still in the middle of the instruction.
        text += escape;
        continue;
      }
      text += next;
    }
    if (hasEmpty) emptyContinuations.push(at + 1);
    const mistake = (error: SyntaxMistake): DockerfileError =>
      new DockerfileError(mistakeText(error, start), { start, end: at + 1 }, source);
    if (text.length > LINE_LENGTH_MAX && lines.slice(start - 1, at + 1).some((one) => one.length > LINE_LENGTH_MAX))
      throw mistake(new SyntaxMistake(`dockerfile line greater than max allowed size of ${LINE_LENGTH_MAX}`));
    if (text.trim() === '') continue;
    try {
      const head = splitStatement(text, escape);
      const found = heredocsOf(head, escape);
      const heredocs = found.map((heredoc) => {
        const body = readHeredoc(source, at + 1, heredoc);
        if (body === null) throw new BareMistake('unterminated heredoc');
        at = body.last;
        return { ...heredoc, content: body.content };
      });
      statements.push({ ...head, span: { start, end: at + 1 }, heredocs });
    } catch (error) {
      throw error instanceof SyntaxMistake ? mistake(error) : error;
    }
  }
  return { statements, escape, syntax: directives.syntax, check: directives.check, emptyContinuations, comments };
}

/** `# name=value` comments before anything else; each known one at most once. */
function readDirectives(source: SourceFile): { syntax: string; escape: string; check: string } {
  const found = new Map<string, string>();
  for (const [index, line] of source.lines.entries()) {
    const [, name = '', value = ''] = /^#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    const key = name.toLowerCase();
    if (!['syntax', 'escape', 'check'].includes(key)) break;
    const span = { start: index + 1, end: index + 1 };
    const prefix = `dockerfile parse error on line ${index + 1}: `;
    if (found.has(key))
      throw new DockerfileError(`${prefix}only one ${key} parser directive can be used`, span, source);
    if (key === 'escape' && value !== '\\' && value !== '`')
      throw new DockerfileError(
        `${prefix}invalid escape token '${value}' does not match ` + '`' + String.raw` or \ `.trimEnd(),
        span,
        source,
      );
    found.set(key, value);
  }
  return { syntax: found.get('syntax') ?? '', escape: found.get('escape') ?? '', check: found.get('check') ?? '' };
}

/** The instruction's name, its flags, and the rest. */
export function splitStatement(text: string, escape: string): Pick<Statement, 'name' | 'written' | 'flags' | 'rest'> {
  const [, written = '', after = ''] = /^\s*(\S+)\s*([^]*)$/.exec(text) ?? [];
  const { flags, rest } = takeFlags(after.trim(), escape);
  return { name: written.toUpperCase(), written, flags, rest };
}

/** Words that begin with `--`, up to the first that does not, or to a bare `--`. */
function takeFlags(text: string, escape: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let at = 0;
  while (text.startsWith('--', at)) {
    let word = '';
    let quote = '';
    while (at < text.length) {
      const character = text.charAt(at);
      if (quote === '' && /\s/.test(character)) break;
      if (quote !== '' && character === quote) quote = '';
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (character === escape && quote !== "'") {
        if (at + 1 < text.length) {
          at += 1;
          word += text.charAt(at);
        }
      } else word += character;
      at += 1;
    }
    while (/\s/.test(text.charAt(at))) at += 1;
    if (word === '--') break;
    flags.push(word);
  }
  return { flags, rest: text.slice(at) };
}

type Opening = Omit<Heredoc, 'content'>;

function heredocsOf({ name, rest }: Pick<Statement, 'name' | 'rest'>, escape: string): Opening[] {
  if (name === 'ONBUILD') {
    const inner = splitStatement(rest, escape);
    return inner.name === 'ONBUILD' ? [] : heredocsOf(inner, escape);
  }
  if (!HEREDOC_INSTRUCTIONS.has(name) || jsonStrings(rest) !== null || !rest.includes('<<')) return [];
  return openings(rest, escape);
}

/** The heredocs that a line opens, in order. */
export function openings(line: string, escape: string): Opening[] {
  return splitWords(line, escape).flatMap((word) => {
    const opening = openingOf(word, escape);
    return opening === null ? [] : [opening];
  });
}

/** The heredoc a single word opens: `<<NAME`, `3<<-"NAME"`. */
export function openingOf(word: string, escape: string): Opening | null {
  const [, , dash = '', quotedName = ''] = /^(\d*)<<(-?)([^<]*)$/.exec(word) ?? [];
  if (quotedName === '') return null;
  const name = expandWord(quotedName, () => undefined, { escape, keepUnset: true });
  if (name === '' || /\s/.test(name)) return null;
  return { name, chomp: dash !== '', expand: name === quotedName };
}

function readHeredoc(
  { lines, rawLines = lines }: SourceFile,
  from: number,
  { name, chomp }: Opening,
): { content: string; last: number } | null {
  const content: string[] = [];
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if ((chomp ? line.replace(/^\t+/, '') : line) === name)
      return { content: content.map((one) => `${one}\n`).join(''), last: at };
    content.push(rawLines[at] ?? line);
  }
  return null;
}

/** The content of a heredoc without what `<<-` takes off. */
export function chomped({ content, chomp }: Pick<Heredoc, 'content' | 'chomp'>): string {
  return chomp ? content.replaceAll(/^\t+/gm, '') : content;
}
