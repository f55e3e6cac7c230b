import type { Project } from './project.ts';

/** Keys of what some services use, by section of the file. */
export interface UsedParts {
  readonly networks: ReadonlySet<string>;
  readonly volumes: ReadonlySet<string>;
  readonly configs: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  readonly models: ReadonlySet<string>;
}

/** What these services of a project use. What no service uses is not part of a project that is shown or brought up. */
export function usedParts(project: Project, services: ReadonlySet<string>): UsedParts {
  const chosen = [...project.services.values()].filter(({ name }) => services.has(name));
  const sources = (list: readonly { readonly source: string }[] | undefined): string[] =>
    (list ?? []).map(({ source }) => source);
  return {
    networks: new Set(chosen.flatMap(({ networks }) => Object.keys(networks))),
    volumes: new Set(
      chosen.flatMap(({ volumes }) =>
        sources(volumes?.filter(({ type, source }) => type === 'volume' && source !== '')),
      ),
    ),
    configs: new Set(chosen.flatMap(({ configs }) => sources(configs))),
    secrets: new Set(chosen.flatMap(({ secrets, build }) => [...sources(secrets), ...sources(build?.secrets)])),
    models: new Set(chosen.flatMap(({ models }) => Object.keys(models ?? {}))),
  };
}
