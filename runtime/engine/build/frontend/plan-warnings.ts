import { EngineError } from '../../errors.ts';
import type { ImageStore } from '../../images/image-store.ts';
import type { LintWarning } from '../dockerfile/lint.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import type { BuildOptions } from '../plan/options.ts';
import { BuildPlanner, type ImageSource } from '../plan/planner.ts';

/**
 * What planning a target warns of, or all stages where none is named: variables that nothing sets, images of another
 * platform. Nothing is fetched for it: a stage is looked into as far as images that are there already tell.
 */
export async function planWarnings(
  file: Dockerfile,
  options: BuildOptions,
  images: Pick<ImageStore, 'resolve'>,
): Promise<LintWarning[]> {
  const found = new Map<string, LintWarning>();
  const source: ImageSource = {
    find: (name) => Promise.resolve().then(() => images.resolve(name)),
    layout: notHere,
    linked: notHere,
  };
  const targets = options.target === '' ? file.stages.map(({ index }) => String(index)) : [options.target];
  for (const target of targets) {
    try {
      const planner = new BuildPlanner(file, { ...options, target }, source, (warning) => {
        found.set(JSON.stringify([warning.rule, warning.message, warning.span.start]), warning);
      });
      await planner.plan();
    } catch (error) {
      // A build says why it cannot be done; here it is about what else there is.
      if (!(error instanceof EngineError)) throw error;
    }
  }
  return [...found.values()];
}

function notHere(name: string): Promise<never> {
  return Promise.reject(new EngineError('not-found', `${name} is not looked into`));
}
