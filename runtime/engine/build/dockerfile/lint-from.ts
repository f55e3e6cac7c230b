import { parseReference } from '../../images/reference.ts';
import { expandWord, type Variables } from './expand.ts';
import type { FromInstruction } from './instructions.ts';
import type { Warn } from './lint.ts';
import type { Dockerfile } from './parse.ts';
import { suggestion } from './source.ts';

/** Variables that every FROM may use. */
const BUILT_IN: readonly string[] = [
  ...['BUILD', 'TARGET'].flatMap((prefix) =>
    ['PLATFORM', 'OS', 'OSVERSION', 'ARCH', 'VARIANT'].map((name) => `${prefix}${name}`),
  ),
  'TARGETSTAGE',
];

/** Looks variables of FROM over: all are to be declared, and to make sense when nobody sets them. */
export function lintFrom(file: Dockerfile, warn: Warn): void {
  const { escape } = file.lines;
  const declared = new Set(file.globals.flatMap(({ args }) => args.map(({ key }) => key)));
  const known = [...declared, ...BUILT_IN];
  const values = defaults(file);
  const names = new Set<string>();
  for (const { from } of file.stages) {
    const unset = new Set<string>();
    const expand = (word: string): string | null =>
      expanded(
        word,
        (name) => values.get(name),
        escape,
        (name) => unset.add(name),
      );
    const image = expand(from.image);
    expand(from.platform);
    for (const name of unset)
      if (!known.includes(name))
        warn('UndefinedArgInFrom', `FROM argument '${name}' is not declared${suggestion(name, known)}`, from.span);
    if (image !== null && from.image.includes('$') && !isImage(image, names))
      warn(
        'InvalidDefaultArgInFrom',
        `Default value for ARG ${from.image} results in empty or invalid base image name`,
        from.span,
      );
    lintPlatform(from, warn);
    names.add(from.as);
  }
}

function lintPlatform({ platform, as, span }: FromInstruction, warn: Warn): void {
  if (/^\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})$/.test(platform))
    warn(
      'RedundantTargetPlatform',
      `Setting platform to predefined ${platform} in FROM is redundant as this is the default behavior`,
      span,
    );
  else if (platform !== '' && !platform.includes('$') && !platform.split('/').some((part) => as.includes(part)))
    warn(
      'FromPlatformFlagConstDisallowed',
      `FROM --platform flag should not use constant value ${JSON.stringify(platform)}`,
      span,
    );
}

/** What variables are when nobody sets them. */
function defaults({ globals, lines }: Dockerfile): ReadonlyMap<string, string> {
  // Any platform will do, but one without a variant, which most are.
  const values = new Map(BUILT_IN.map((name) => [name, /VARIANT|OSVERSION/.test(name) ? '' : 'any']));
  for (const { args } of globals)
    for (const { key, value } of args) {
      const own = value === null ? null : expanded(value, (name) => values.get(name), lines.escape);
      if (own !== null) values.set(key, own);
    }
  return values;
}

/** null for what cannot be read: the build says why. */
function expanded(
  word: string,
  variables: Variables,
  escape: string,
  onUnset: (name: string) => void = () => undefined,
): string | null {
  try {
    return expandWord(word, variables, { escape, onUnset });
  } catch {
    return null;
  }
}

function isImage(name: string, stages: ReadonlySet<string>): boolean {
  if (name !== '' && stages.has(name.toLowerCase())) return true;
  try {
    parseReference(name);
    return true;
  } catch {
    return false;
  }
}
