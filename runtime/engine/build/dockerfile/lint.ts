import { checkSettings, ruleCounts, type CheckSettings } from './check-settings.ts';
import type { Instruction, Stage } from './instructions.ts';
import { IgnoredCopies } from './lint-copy.ts';
import { lintFrom } from './lint-from.ts';
import type { Dockerfile } from './parse.ts';
import type { Span } from './source.ts';

/** Something that works and should be written otherwise; the rules have BuildKit's names. */
export interface LintWarning {
  readonly rule: string;
  readonly message: string;
  readonly span: Span;
}

/** What there is to know besides the text. */
export interface LintOptions {
  /** What counts instead of the file's own `# check=`. */
  readonly check?: string | undefined;
  /** Patterns of `.dockerignore`. */
  readonly ignored?: readonly string[] | undefined;
}

/** Words in a name that hint at something that must not be in an image. */
const SECRET_WORDS = /(?:^|_)(?:apikey|auth|credentials?|key|passwd|password|pword|secret|token)(?:_|$)/i;
/** Words that say that it is none after all. */
const OPEN_WORDS = /(?:^|_)(?:public|file|version)(?:_|$)/i;
const RESERVED_STAGES: readonly string[] = ['context', 'scratch'];

/** Looks a Dockerfile over. What it says is to be skipped is left out. Throws `invalid`. */
export function lint(file: Dockerfile, { check, ignored }: LintOptions = {}): LintWarning[] {
  const warnings: LintWarning[] = [];
  const warn: Warn = (rule, message, span) => void warnings.push({ rule, message, span });
  for (const line of file.lines.emptyContinuations)
    warn('NoEmptyContinuation', 'Empty continuation line', { start: line, end: line });
  lintCasing(file, warn);
  lintStages(file, warn);
  lintFrom(file, warn);
  lintDescriptions(file, warn);
  const copies = new IgnoredCopies(ignored ?? []);
  for (const stage of file.stages) {
    const { instructions } = stage;
    lintRepeated(instructions, warn);
    const hasShell = says(file, stage, 'SHELL');
    const hasDirectory = baseOf(file, stage, (base) => says(file, base, 'WORKDIR'));
    for (const instruction of instructions) {
      lintInstruction(instruction, { all: instructions, hasShell, hasDirectory }, warn);
      if (instruction.kind === 'COPY' || instruction.kind === 'ADD') copies.lint(instruction, warn);
    }
  }
  return counted(warnings, file, checkSettings(check ?? file.lines.check));
}

/** Rules of what an instruction does, which is nothing in a stage that is not built. */
const STAGE_RULES: ReadonlySet<string> = new Set([
  'CopyIgnoredFile',
  'ExposeInvalidFormat',
  'ExposeProtoCasing',
  'JSONArgsRecommended',
  'LegacyKeyValueFormat',
  'MultipleInstructionsDisallowed',
  'SecretsUsedInArgOrEnv',
  'WorkdirRelativePath',
]);

/** Those of the warnings that a build of some stages, by their index, is concerned with. */
export function ofStages(
  warnings: readonly LintWarning[],
  { stages }: Dockerfile,
  built: ReadonlySet<number>,
): LintWarning[] {
  return warnings.filter(({ rule, span }) => {
    const stage = stages.findLast(({ from }) => from.span.start <= span.start);
    return !STAGE_RULES.has(rule) || stage === undefined || built.has(stage.index);
  });
}

/** Those of the warnings whose rules count. */
export function counted(warnings: readonly LintWarning[], file: Dockerfile, settings: CheckSettings): LintWarning[] {
  return warnings.filter(({ rule, span }) => ruleCounts(rule, span.start, file, settings));
}

/** Takes a warning. */
export type Warn = (rule: string, message: string, span: Span) => void;

function lintCasing(file: Dockerfile, warn: Warn): void {
  const words = file.lines.statements.map(({ written, span }) => ({ written, span }));
  const lower = words.filter(({ written }) => written === written.toLowerCase()).length;
  const upper = words.filter(({ written }) => written === written.toUpperCase()).length;
  const isLower = lower > upper;
  for (const { written, span } of words) {
    if (written === (isLower ? written.toLowerCase() : written.toUpperCase())) continue;
    const majority = isLower ? 'lowercase' : 'uppercase';
    warn(
      'ConsistentInstructionCasing',
      `Command '${written}' should match the case of the command majority (${majority})`,
      span,
    );
  }
}

function lintStages(file: Dockerfile, warn: Warn): void {
  const seen = new Set<string>();
  for (const { from } of file.stages) {
    const [, name = ''] = /\s+as\s+(\S+)\s*$/i.exec(from.text) ?? [];
    if (name !== name.toLowerCase()) warn('StageNameCasing', `Stage name '${name}' should be lowercase`, from.span);
    const [, word = '', as = ''] = /^(\S+)[^]*\s(as)\s+\S+\s*$/i.exec(from.text) ?? [];
    const isUpper = (text: string): boolean => text === text.toUpperCase();
    if (as !== '' && isUpper(word) !== isUpper(as))
      warn('FromAsCasing', `'${as}' and '${word}' keywords' casing do not match`, from.span);
    if (from.as !== '' && seen.has(from.as))
      warn(
        'DuplicateStageName',
        `Duplicate stage name ${JSON.stringify(from.as)}, stage names should be unique`,
        from.span,
      );
    if (RESERVED_STAGES.includes(from.as))
      warn(
        'ReservedStageName',
        `Stage name should not use the same name as reserved stage ${JSON.stringify(from.as)}`,
        from.span,
      );
    seen.add(from.as);
  }
}

/** A comment right above a stage or a variable is taken for its description, which begins with its name. */
function lintDescriptions(file: Dockerfile, warn: Warn): void {
  const look = (kind: string, names: readonly string[], span: Span): void => {
    const comment = file.lines.comments.get(span.start - 1);
    const [example] = names.length > 1 ? ['<arg_key>'] : names;
    if (comment === undefined || comment === '' || example === undefined || names.includes(comment.split(' ')[0] ?? ''))
      return;
    warn(
      'InvalidDefinitionDescription',
      `Comment for ${kind} should follow the format: \`# ${example} <description>\``,
      span,
    );
  };
  for (const { from } of file.stages) look('FROM', from.as === '' ? [] : [from.as], from.span);
  for (const one of [...file.globals, ...file.stages.flatMap(({ instructions }) => instructions)])
    if (one.kind === 'ARG')
      look(
        'ARG',
        one.args.map(({ key }) => key),
        one.span,
      );
}

function lintRepeated(instructions: readonly Instruction[], warn: Warn): void {
  for (const kind of ['CMD', 'ENTRYPOINT', 'HEALTHCHECK']) {
    const found = instructions.filter((one) => one.kind === kind);
    for (const { span } of found.slice(0, -1))
      warn(
        'MultipleInstructionsDisallowed',
        `Multiple ${kind} instructions should not be used in the same stage because only the last one will be used`,
        span,
      );
  }
}

/** Whether a stage, or one of those that it begins with, says which shell, or directory, it means. */
function says(file: Dockerfile, stage: Stage, what: 'SHELL' | 'WORKDIR'): boolean {
  return stage.instructions.some(({ kind }) => kind === what) || baseOf(file, stage, (base) => says(file, base, what));
}

/** What holds for the stage that a stage begins with; false where it begins with an image. */
function baseOf(file: Dockerfile, { from, index }: Stage, test: (base: Stage) => boolean): boolean {
  const base = file.stages.findLast((one) => one.index < index && one.from.as === from.image.toLowerCase());
  return from.image !== '' && base !== undefined && test(base);
}

function lintInstruction(
  instruction: Instruction,
  {
    all,
    hasShell,
    hasDirectory,
  }: { readonly all: readonly Instruction[]; readonly hasShell: boolean; readonly hasDirectory: boolean },
  warn: Warn,
): void {
  const { span } = instruction;
  switch (instruction.kind) {
    case 'MAINTAINER':
      warn('MaintainerDeprecated', 'Maintainer instruction is deprecated in favor of using label', span);
      break;
    case 'CMD':
    case 'ENTRYPOINT':
      if (instruction.command.form === 'shell' && !hasShell)
        warn(
          'JSONArgsRecommended',
          `JSON arguments recommended for ${instruction.kind} to prevent unintended behavior related to OS signals`,
          span,
        );
      break;
    case 'ENV':
    case 'LABEL':
      for (const { key, legacy } of instruction.pairs) {
        if (legacy)
          warn(
            'LegacyKeyValueFormat',
            `"${instruction.kind} key=value" should be used instead of legacy "${instruction.kind} key value" format`,
            span,
          );
        if (instruction.kind === 'ENV') lintSecret('ENV', key, span, warn);
      }
      break;
    case 'ARG':
      for (const { key } of instruction.args) lintSecret('ARG', key, span, warn);
      break;
    case 'WORKDIR': {
      const first = all.find(({ kind }) => kind === 'WORKDIR');
      if (first === instruction && !hasDirectory && !/^[/$]/.test(instruction.value))
        warn(
          'WorkdirRelativePath',
          `Relative workdir ${JSON.stringify(instruction.value)} can have unexpected results if the base image changes`,
          span,
        );
      break;
    }
    case 'EXPOSE':
      for (const port of instruction.values) {
        const [, protocol = ''] = /\/([A-Za-z]+)$/.exec(port) ?? [];
        if (protocol !== protocol.toLowerCase())
          warn('ExposeProtoCasing', `Defined protocol '${port}' in EXPOSE instruction should be lowercase`, span);
        if (/:/.test(port))
          warn(
            'ExposeInvalidFormat',
            `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`,
            span,
          );
      }
      break;
    default:
      break;
  }
}

function lintSecret(kind: string, key: string, span: Span, warn: Warn): void {
  if (SECRET_WORDS.test(key) && !OPEN_WORDS.test(key))
    warn(
      'SecretsUsedInArgOrEnv',
      `Do not use ARG or ENV instructions for sensitive data (${kind} ${JSON.stringify(key)})`,
      span,
    );
}
