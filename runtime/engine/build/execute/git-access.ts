import { asThisPerson, withAgent } from './git-command.ts';
import type { AgentSource, SecretSource } from '../plan/options.ts';

/** What a build may show to get at repositories. */
export interface GitAccess {
  readonly secrets: SecretSource;
  readonly agents: AgentSource;
  /** The person has named the repository: unless the build has an agent, it is fetched by ssh as this person would. */
  readonly isNamedByPerson?: boolean;
}

/** Of a build that has nothing to show. */
export const NO_GIT_ACCESS: GitAccess = { secrets: new Map(), agents: { open: () => Promise.resolve(null) } };

/** What git is to know for one repository, until it is given back. */
export interface GitGrant {
  /** Variables: others can read the words of a command. */
  readonly environment: NodeJS.ProcessEnv;
  /** For its submodules, which whoever wrote it has named. */
  readonly environmentOfParts: NodeJS.ProcessEnv;
  release(): Promise<void>;
}

/** Sites of which all repositories are shown the same: submodules are there, too. */
const SITES = ['https://github.com/', 'https://www.github.com/'];

/**
 * The secret `GIT_AUTH_HEADER` or `GIT_AUTH_TOKEN` (with `.HOST` for one host alone) for a repository that is fetched by
 * http, the agent `default` for one that is fetched by ssh.
 */
export async function gitGrant(
  repository: string,
  { secrets, agents, isNamedByPerson = false }: GitAccess,
): Promise<GitGrant> {
  if (!/^https?:\/\//.test(repository)) {
    const agent = await agents.open('default', { uid: 0, gid: 0, mode: 0o600 });
    if (agent === null) return isNamedByPerson ? { ...NOTHING, environment: asThisPerson() } : NOTHING;
    const environment = withAgent(agent.path);
    return { environment, environmentOfParts: environment, release: () => agent.release() };
  }
  const { host } = new URL(repository);
  for (const name of [`GIT_AUTH_HEADER.${host}`, `GIT_AUTH_TOKEN.${host}`, 'GIT_AUTH_HEADER', 'GIT_AUTH_TOKEN']) {
    const secret = (await secrets.get(name))?.toString().trim();
    if (secret === undefined) continue;
    const scope = SITES.find((site) => repository.startsWith(site)) ?? repository;
    const shown = name.startsWith('GIT_AUTH_TOKEN')
      ? `basic ${Buffer.from(`x-access-token:${secret}`).toString('base64')}`
      : secret;
    const environment = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `http.${scope}.extraHeader`,
      GIT_CONFIG_VALUE_0: `Authorization: ${shown}`,
    };
    return { ...NOTHING, environment, environmentOfParts: environment };
  }
  return NOTHING;
}

const NOTHING: GitGrant = { environment: {}, environmentOfParts: {}, release: () => Promise.resolve() };
