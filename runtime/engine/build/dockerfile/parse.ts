import { signalNumber } from '../../../common/signals.ts';
import { healthcheckOf } from '../../images/healthcheck.ts';
import { readFlags, type ReadFlags } from './flags.ts';
import {
  INSTRUCTION_NAMES,
  type ArgInstruction,
  type CommandLine,
  type CopyInstruction,
  type FromInstruction,
  type Instruction,
  type Stage,
} from './instructions.ts';
import { openingOf, readLines, splitStatement, type Lines, type Statement } from './lines.ts';
import { checkRunMount } from './run-mounts.ts';
import { BareMistake, DockerfileError, mistakeText, suggestion, SyntaxMistake, type SourceFile } from './source.ts';
import { jsonStrings, pairsOf, plainWords, splitWords } from './words.ts';

/** A Dockerfile that was read. */
export interface Dockerfile {
  readonly source: SourceFile;
  readonly lines: Lines;
  /** ARGs before the first FROM. */
  readonly globals: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
}

/** Reads a Dockerfile. Throws DockerfileError with the line. */
export function parseDockerfile(text: string, name = 'Dockerfile'): Dockerfile {
  const rawLines = text.replace(/^\uFEFF/, '').split('\n');
  if (rawLines.at(-1) === '') rawLines.pop();
  const source: SourceFile = { name, lines: rawLines.map((line) => line.replace(/\r$/, '')), rawLines, text };
  const read = readLines(source);
  if (read.statements.length === 0)
    throw new DockerfileError('file with no instructions', { start: 1, end: 1 }, source);
  const globals: ArgInstruction[] = [];
  const stages: { index: number; from: FromInstruction; instructions: Instruction[] }[] = [];
  for (const statement of read.statements) {
    located(statement, source, () => {
      const current = stages.at(-1);
      if (statement.name === 'FROM') {
        const from = fromOf(statement);
        stages.push({ index: stages.length, from, instructions: [] });
        return;
      }
      const instruction = instructionOf(statement, read.escape);
      if (current !== undefined) current.instructions.push(instruction);
      else if (instruction.kind === 'ARG') globals.push(instruction);
      else throw new BareMistake('no build stage in current context');
    });
  }
  if (stages.length === 0)
    throw new DockerfileError('dockerfile contains no stages to build', { start: 1, end: 1 }, source);
  return { source, lines: read, globals, stages };
}

/** Reads one instruction as an image's `OnBuild` holds it. Throws SyntaxMistake. */
export function parseTrigger(text: string, span: Statement['span']): Instruction {
  const source = { name: 'ONBUILD', lines: text.split('\n') };
  const read = readLines(source);
  const [only] = read.statements;
  if (read.statements.length !== 1 || only === undefined)
    throw new SyntaxMistake('onbuild trigger should be a single expression');
  return { ...instructionOf(only, read.escape), span };
}

function located(statement: Statement, source: SourceFile, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof DockerfileError) throw error;
    const { span } = statement;
    throw new DockerfileError(mistakeText(error, span.start), span, source, { cause: error });
  }
}

function fromOf(statement: Statement): FromInstruction {
  const flags = readFlags('FROM', statement.flags);
  const words = plainWords(statement.rest);
  const [image = '', as = '', name = ''] = words;
  const isNamed = words.length === 3 && as.toUpperCase() === 'AS';
  if (words.length !== 1 && !isNamed) throw new SyntaxMistake('FROM requires either one or three arguments');
  const lower = name.toLowerCase();
  if (isNamed && !/^[a-z][a-z0-9-_.]*$/.test(lower))
    throw new SyntaxMistake(
      `invalid name for build stage: ${JSON.stringify(name)}, name can't start with a number or contain symbols`,
    );
  return { kind: 'FROM', image, as: lower, platform: flags.text('platform'), ...commonOf(statement) };
}

function commonOf({ span, written, flags, rest }: Statement): { span: Statement['span']; text: string } {
  return { span, text: [written, ...flags, rest].filter((part) => part !== '').join(' ') };
}

/** Reads one instruction of a stage. Throws SyntaxMistake. */
function instructionOf(statement: Statement, escape: string): Instruction {
  const { name, rest } = statement;
  if (!(INSTRUCTION_NAMES as readonly string[]).includes(name))
    throw new SyntaxMistake(`unknown instruction: ${statement.written}${suggestion(name, INSTRUCTION_NAMES)}`);
  const flags = readFlags(name, statement.flags);
  const common = commonOf(statement);
  if (rest === '' && !['CMD', 'ENTRYPOINT', 'SHELL', 'HEALTHCHECK'].includes(name))
    throw new SyntaxMistake(
      `${name} requires ${['WORKDIR', 'USER', 'STOPSIGNAL'].includes(name) ? 'exactly' : 'at least'} one argument`,
    );
  switch (name) {
    case 'ARG':
      return { kind: 'ARG', args: argsOf(rest, escape), ...common };
    case 'ENV':
    case 'LABEL':
      return { kind: name, pairs: pairsOf(name, rest, escape), ...common };
    case 'RUN': {
      const security = flags.text('security');
      if (!['', 'sandbox', 'insecure'].includes(security))
        throw new SyntaxMistake(`security ${JSON.stringify(security)} is not valid`);
      const network = flags.text('network');
      if (!['', 'default', 'none', 'host'].includes(network))
        throw new SyntaxMistake(`invalid network mode ${JSON.stringify(network)}`);
      const mounts = flags.list('mount');
      mounts.forEach(checkRunMount);
      const { heredocs } = statement;
      const command = commandOf(rest);
      return {
        kind: 'RUN',
        command,
        heredocs,
        mounts,
        devices: flags.list('device'),
        network,
        security,
        ...common,
      };
    }
    case 'COPY':
    case 'ADD':
      return copyOf(name, statement, flags, escape);
    case 'CMD':
    case 'ENTRYPOINT':
      return { kind: name, command: commandOf(rest), ...common };
    case 'SHELL': {
      const words = jsonStrings(rest);
      if (words === null) throw new SyntaxMistake('SHELL requires the arguments to be in JSON form');
      if (words.length === 0) throw new SyntaxMistake('SHELL requires at least one argument');
      return { kind: 'SHELL', words, ...common };
    }
    case 'STOPSIGNAL':
      if (!rest.includes('$') && signalNumber(rest) === null) throw new BareMistake(`invalid signal: ${rest}`);
      return { kind: name, value: rest, ...common };
    case 'WORKDIR':
    case 'USER':
    case 'MAINTAINER':
      return { kind: name, value: rest, ...common };
    case 'EXPOSE':
      return { kind: name, values: plainWords(rest), ...common };
    case 'VOLUME': {
      const values = jsonStrings(rest) ?? plainWords(rest);
      if (values.length === 0) throw new SyntaxMistake('VOLUME requires at least one argument');
      if (values.includes('')) throw new SyntaxMistake('VOLUME specified can not be an empty string');
      return { kind: name, values, ...common };
    }
    case 'HEALTHCHECK':
      return { kind: name, check: healthcheckOf([...statement.flags, rest].join(' ')), ...common };
    case 'ONBUILD':
      return { kind: name, expression: triggerText(statement, escape), ...common };
    default:
      throw new SyntaxMistake(`unexpected ${name}`);
  }
}

/** The expression of an ONBUILD, with the heredocs that belong to it. */
function triggerText({ rest, heredocs }: Statement, escape: string): string {
  const inner = splitStatement(rest, escape);
  if (inner.name === 'ONBUILD') throw new SyntaxMistake("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (inner.name === 'FROM' || inner.name === 'MAINTAINER')
    throw new SyntaxMistake(`${inner.name} isn't allowed as an ONBUILD trigger`);
  const text = [rest, ...heredocs.map(({ content, name }) => `${content}${name}`)].join('\n');
  // What it says must be right now, not only when somebody builds on this image.
  const common = { span: { start: 1, end: 1 }, heredocs };
  instructionOf({ ...inner, ...common }, escape);
  return text;
}

function commandOf(rest: string): CommandLine {
  const words = jsonStrings(rest);
  return words === null ? { form: 'shell', line: rest } : { form: 'exec', words };
}

function argsOf(rest: string, escape: string): { key: string; value: string | null }[] {
  return splitWords(rest, escape).map((word) => {
    const equals = word.indexOf('=');
    if (equals === 0) throw new SyntaxMistake('ARG names can not be blank');
    return equals < 0 ? { key: word, value: null } : { key: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

function copyOf(name: 'COPY' | 'ADD', statement: Statement, flags: ReadFlags, escape: string): CopyInstruction {
  const words = jsonStrings(statement.rest) ?? plainWords(statement.rest);
  const destination = words.at(-1);
  if (words.length < 2 || destination === undefined)
    throw new SyntaxMistake(
      `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
    );
  if (statement.heredocs.length > 0 && openingOf(destination, escape) !== null)
    throw new SyntaxMistake(`${name} cannot accept a heredoc as a destination`);
  const isHeredoc = (word: string): boolean => statement.heredocs.length > 0 && openingOf(word, escape) !== null;
  const exclude = flags.list('exclude');
  return {
    kind: name,
    sources: words.slice(0, -1).filter((word) => !isHeredoc(word)),
    heredocs: statement.heredocs,
    destination,
    from: flags.text('from'),
    chown: flags.text('chown'),
    chmod: flags.text('chmod'),
    link: flags.switched('link') ?? false,
    parents: flags.switched('parents') ?? false,
    exclude,
    checksum: flags.text('checksum'),
    keepGitDir: flags.switched('keep-git-dir'),
    unpack: flags.switched('unpack'),
    ...commonOf(statement),
  };
}
