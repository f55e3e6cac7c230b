import { EngineError } from '../../errors.ts';
import type { ImageStore } from '../../images/image-store.ts';
import type { LintWarning } from '../dockerfile/lint.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import { DockerfileError } from '../dockerfile/source.ts';
import type { BuildOptions } from '../plan/options.ts';
import { BuildPlanner, type ImageSource } from '../plan/planner.ts';

/** What a build is allowed is no matter of its text. */
const ENTITLEMENTS: ReadonlySet<string> = new Set(['network.host', 'security.insecure', 'device']);

/** What comes of planning a Dockerfile. */
export interface PlanFindings {
  readonly warnings: readonly LintWarning[];
  /** The first mistake that ends a build; null for none. */
  readonly mistake: DockerfileError | null;
}

/**
 * What planning a target finds, or all stages where none is named: variables that nothing sets, images of another
 * platform, flags that are wrong. Nothing is fetched for it: a stage is looked into as far as images that are there tell.
 */
export async function planWarnings(
  file: Dockerfile,
  options: BuildOptions,
  images: Pick<ImageStore, 'resolve'>,
): Promise<PlanFindings> {
  const warnings: LintWarning[] = [];
  const source: ImageSource = {
    find: (name) => Promise.resolve().then(() => images.resolve(name)),
    layout: notHere,
    linked: notHere,
  };
  const failures = await failuresOf(async () => {
    const planner = new BuildPlanner(file, { ...options, entitlements: ENTITLEMENTS }, source, (warning) =>
      warnings.push(warning),
    );
    if (options.target === '') return planner.planAll();
    await planner.plan();
    return [];
  });
  for (const error of failures) if (error instanceof Error && !(error instanceof EngineError)) throw error;
  // Stages are planned side by side.
  warnings.sort((one, other) => one.span.start - other.span.start);
  // What cannot be had is no mistake of the text.
  return { warnings, mistake: failures.find((error) => error instanceof DockerfileError) ?? null };
}

async function failuresOf(work: () => Promise<readonly unknown[]>): Promise<readonly unknown[]> {
  try {
    return await work();
  } catch (error) {
    return [error];
  }
}

function notHere(name: string): Promise<never> {
  return Promise.reject(new EngineError('not-found', `${name} is not looked into`));
}
