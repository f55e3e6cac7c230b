import { readBeforeMistake } from '../dockerfile/before-mistake.ts';
import { checkSettings } from '../dockerfile/check-settings.ts';
import { counted, lint, type LintOptions, type LintWarning } from '../dockerfile/lint.ts';
import { parseDockerfile, type Dockerfile } from '../dockerfile/parse.ts';
import type { PlanFindings } from './plan-warnings.ts';
import { DockerfileError, type SourceFile, type Span } from '../dockerfile/source.ts';

/** What there is to say of the text of a Dockerfile. */
export interface Linted {
  readonly source: SourceFile;
  readonly warnings: readonly LintWarning[];
  /** What would end a build; null for nothing. */
  readonly failure: { readonly message: string; readonly span: Span } | null;
}

/** Carries a Dockerfile out on paper. */
export type Planned = (file: Dockerfile) => Promise<PlanFindings>;

/** Looks a Dockerfile over, also one that cannot be read to its end. Throws `invalid` for wrong settings. */
export async function lintedText(
  text: string,
  name: string,
  options: LintOptions,
  planned: Planned = () => Promise.resolve({ warnings: [], mistake: null }),
): Promise<Linted> {
  try {
    const file = parseDockerfile(text, name);
    const settings = checkSettings(options.check ?? file.lines.check);
    const found = await planned(file);
    const all = [...lint(file, options), ...counted(found.warnings, file, settings)];
    const warnings = all.sort((one, other) => one.span.start - other.span.start);
    const [first] = warnings;
    const { mistake } = found;
    if (mistake !== null)
      return { source: file.source, warnings, failure: { message: mistake.summary, span: mistake.span } };
    const failure =
      settings.areErrors && first !== undefined ? { message: violation(warnings), span: first.span } : null;
    return { source: file.source, warnings, failure };
  } catch (error) {
    if (!(error instanceof DockerfileError) || error.source === null) throw error;
    const above = readBeforeMistake(text, name, error);
    const warnings = above === null ? [] : lint(above, options);
    return { source: error.source, warnings, failure: { message: error.summary, span: error.span } };
  }
}

/** What a build says that warnings end. */
export function violation(warnings: readonly LintWarning[]): string {
  return `lint violation found for rules: ${[...new Set(warnings.map(({ rule }) => rule))].join(', ')}`;
}
