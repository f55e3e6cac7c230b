import type { Dockerfile } from '../dockerfile/parse.ts';
import { parseRunMount } from '../dockerfile/run-mounts.ts';
import { SyntaxMistake, wholeText, type SourceFile, type Span } from '../dockerfile/source.ts';
import type { Stage } from '../dockerfile/instructions.ts';
import { EngineError } from '../../errors.ts';

interface Location {
  readonly ranges: readonly object[];
}

/** A variable of a build, for people who want to set it. */
interface OutlineArg {
  readonly name: string;
  readonly description?: string;
  readonly value?: string;
  readonly location: Location;
}

/** What a target takes: variables, secrets, agents. */
export interface Outline {
  readonly name?: string;
  readonly description?: string;
  readonly args: readonly OutlineArg[];
  readonly secrets: readonly { readonly name: string; readonly required: boolean }[];
  readonly ssh: readonly { readonly name: string; readonly required: boolean }[];
  readonly sources: readonly string[];
}

/** What a target of a Dockerfile takes, with the stages that it is made of. Throws `invalid` for one that is not there. */
export function outlineOf(file: Dockerfile, target: string, buildArgs: ReadonlyMap<string, string>): Outline {
  const wanted = stageOf(file, target);
  const args = new Map<string, OutlineArg>();
  const secrets = new Map<string, boolean>();
  const ssh = new Map<string, boolean>();
  const note = (map: Map<string, boolean>, name: string, required: boolean): void => {
    map.set(name, required || map.get(name) === true);
  };
  const globals = new Map<string, string | null>();
  for (const { args: declared } of file.globals) for (const { key, value } of declared) globals.set(key, value);
  const addArg = (key: string, own: string | null, span: Span): void => {
    const value = buildArgs.get(key) ?? own ?? globals.get(key) ?? undefined;
    const description = described(file, span, key) || (args.get(key)?.description ?? '');
    args.set(key, {
      name: key,
      ...(description === '' ? {} : { description }),
      ...(value === undefined ? {} : { value }),
      location: locationOf(span),
    });
  };
  for (const instruction of file.globals)
    for (const { key, value } of instruction.args) addArg(key, value, instruction.span);
  for (const stage of neededStages(file, wanted)) {
    for (const instruction of stage.instructions) {
      if (instruction.kind === 'ARG')
        for (const { key, value } of instruction.args) addArg(key, value, instruction.span);
      if (instruction.kind !== 'RUN') continue;
      for (const text of instruction.mounts) {
        const mount = readMount(text);
        if (mount?.type === 'secret') note(secrets, mount.id, mount.required);
        if (mount?.type === 'ssh') note(ssh, mount.id === '' ? 'default' : mount.id, mount.required);
      }
    }
  }
  const description = described(file, wanted.from.span, wanted.from.as);
  return {
    ...(wanted.from.as === '' ? {} : { name: wanted.from.as }),
    ...(description === '' ? {} : { description }),
    args: [...args.values()],
    secrets: [...secrets].map(([name, required]) => ({ name, required })),
    ssh: [...ssh].map(([name, required]) => ({ name, required })),
    sources: [sourceOf(file.source)],
  };
}

/** A stage that can be asked for. */
export interface Target {
  readonly name?: string;
  readonly default?: true;
  readonly description?: string;
  readonly base?: string;
  readonly platform?: string;
  readonly location: Location;
}

/** The stages of a Dockerfile. */
export function targetsOf(file: Dockerfile): {
  readonly targets: readonly Target[];
  readonly sources: readonly string[];
} {
  const targets = file.stages.map(({ from, index }): Target => {
    const description = described(file, from.span, from.as);
    return {
      ...(from.as === '' ? {} : { name: from.as }),
      ...(index === file.stages.length - 1 ? { default: true } : {}),
      ...(description === '' ? {} : { description }),
      base: from.image,
      ...(from.platform === '' ? {} : { platform: from.platform }),
      location: locationOf(from.span),
    };
  });
  return { targets, sources: [sourceOf(file.source)] };
}

/** An outline for people. */
export function outlineText(outline: Outline): string {
  const { name, description, args, secrets, ssh } = outline;
  const parts: string[] = [];
  if (name !== undefined) parts.push(`TARGET:      ${name}\n`);
  if (description !== undefined) parts.push(`DESCRIPTION: ${description}\n`);
  if (args.length > 0)
    parts.push(
      table(
        ['BUILD ARG', 'VALUE', 'DESCRIPTION'],
        args.map((one) => [one.name, one.value ?? '', one.description ?? '']),
      ),
    );
  for (const [title, rows] of [
    ['SECRET', secrets],
    ['SSH', ssh],
  ] as const)
    if (rows.length > 0)
      parts.push(
        table(
          [title, 'REQUIRED'],
          rows.map((one) => [one.name, one.required ? 'true' : '']),
        ),
      );
  return parts.join('\n');
}

/** The targets for people. */
export function targetsText(targets: readonly Target[]): string {
  return table(
    ['TARGET', 'DESCRIPTION'],
    targets.map((one) => {
      const name = one.name ?? '(unnamed)';
      return [one.default === true ? `${one.name ?? ''} (default)`.trim() : name, one.description ?? ''];
    }),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 3))
      .join('')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
}

function stageOf({ stages }: Dockerfile, target: string): Stage {
  const name = target.toLowerCase();
  const found = name === '' ? stages.at(-1) : (stages.findLast(({ from }) => from.as === name) ?? stages[Number(name)]);
  if (found === undefined)
    throw new EngineError('invalid', `target stage ${JSON.stringify(target)} could not be found`);
  return found;
}

/** A stage and those that it is made of, in the order of the Dockerfile. */
function neededStages({ stages }: Dockerfile, wanted: Stage): Stage[] {
  const needed = new Set<Stage>();
  const add = (stage: Stage): void => {
    if (needed.has(stage)) return;
    needed.add(stage);
    const names = [
      stage.from.image,
      ...stage.instructions.flatMap((one) => {
        if (one.kind === 'COPY') return [one.from];
        return one.kind === 'RUN' ? one.mounts.flatMap((text) => readMount(text)?.from ?? []) : [];
      }),
    ];
    for (const name of names) {
      const other = stages.findLast(
        ({ from, index }) =>
          index < stage.index &&
          name !== '' &&
          (from.as === name.toLowerCase() || (String(index) === name && name !== stage.from.image)),
      );
      if (other !== undefined) add(other);
    }
  };
  add(wanted);
  return stages.filter((stage) => needed.has(stage));
}

function readMount(text: string): ReturnType<typeof parseRunMount> | null {
  try {
    return parseRunMount(text, (word) => word);
  } catch (error) {
    // Variables are not known here; the build itself tells what is wrong with a mount.
    if (error instanceof SyntaxMistake) return null;
    throw error;
  }
}

/** `# NAME what it is for` on the line above. */
function described({ lines }: Dockerfile, span: Span, name: string): string {
  const [word = '', ...rest] = (lines.comments.get(span.start - 1) ?? '').split(/\s+/);
  return name !== '' && word.toLowerCase() === name.toLowerCase() ? rest.join(' ') : '';
}

function locationOf({ start, end }: Span): Location {
  return { ranges: [{ start: { line: start, character: 0 }, end: { line: end, character: 0 } }] };
}

function sourceOf(source: SourceFile): string {
  return Buffer.from(wholeText(source)).toString('base64');
}
