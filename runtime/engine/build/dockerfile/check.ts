import { lint, type LintWarning } from './lint.ts';
import { parseDockerfile, type Dockerfile } from './parse.ts';
import { DockerfileError, type Span } from './source.ts';

/** What there is to say of a Dockerfile that nobody builds yet. */
export interface DockerfileCheck {
  /** What keeps it from being built; null when nothing does, as far as can be seen without its base images. */
  readonly problem: { readonly message: string; readonly span: Span } | null;
  readonly warnings: readonly LintWarning[];
  /** Stages in order; `as` is '' for one without a name. */
  readonly stages: readonly { readonly as: string; readonly image: string; readonly line: number }[];
}

/** Reads and lints a Dockerfile. */
export function checkDockerfile(text: string): DockerfileCheck {
  let file: Dockerfile;
  try {
    file = parseDockerfile(text);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    const message = error.summary.replace(/^dockerfile parse error on line \d+: /, '');
    return { problem: { message, span: error.span }, warnings: [], stages: [] };
  }
  return {
    problem: null,
    warnings: lint(file),
    stages: file.stages.map(({ from: { as, image, span } }) => ({ as, image, line: span.start })),
  };
}
