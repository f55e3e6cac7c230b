import type { CliContext, Command, Completes } from './command.ts';
import { COMMANDS, findCommand, GROUPS } from './tree.ts';

/** Commands that are no verbs of the engine's API. */
const OTHER_COMMANDS = ['app', 'completion', 'doctor', 'engine', 'help'];

/**
 * What could stand in place of the last word, given the words before it. Names come from the engine; without one, or
 * when it is silent, there are none.
 */
export async function completions(context: CliContext, words: readonly string[]): Promise<string[]> {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  return (await candidates(context, before, last)).filter((one) => one.startsWith(last)).sort();
}

async function candidates(context: CliContext, before: readonly string[], last: string): Promise<string[]> {
  const [first = ''] = before;
  if (first === '') return [...Object.keys(COMMANDS), ...Object.keys(GROUPS), ...OTHER_COMMANDS];
  if (first === 'completion') return ['bash', 'fish', 'zsh'];
  if (first === 'help') return candidates(context, before.slice(1), last);
  if (before.length === 1 && Object.hasOwn(GROUPS, first)) return Object.keys(GROUPS[first] ?? {});
  const found = findCommand(before);
  if (found === null) return [];
  if (last.startsWith('-')) return flagWords(found.chosen);
  const { chosen, rest } = found;
  const flag = flagBefore(chosen, rest.at(-1) ?? '');
  if (flag !== null) return flagValues(context, flag);
  return chosen.completes === null ? [] : names(context, chosen.completes);
}

function flagWords({ specs }: Command): string[] {
  const shown = Object.entries(specs).filter(([, { hidden }]) => hidden !== true);
  return [
    '--help',
    ...shown.flatMap(([name, { short }]) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]),
  ];
}

/** The flag whose value the last word is. */
function flagBefore({ specs }: Command, word: string): string | null {
  const found = Object.entries(specs).find(
    ([name, { short }]) => word === `--${name}` || (short !== undefined && word === `-${short}`),
  );
  return found === undefined || found[1].kind === 'boolean' ? null : found[0];
}

const FLAG_NAMES: Readonly<Record<string, Completes>> = {
  network: 'network',
  'volumes-from': 'container',
  link: 'container',
};

async function flagValues(context: CliContext, flag: string): Promise<string[]> {
  if (flag === 'format') return ['json', 'table'];
  if (flag === 'restart') return ['always', 'no', 'on-failure', 'unless-stopped'];
  if (flag === 'pull') return ['always', 'missing', 'never'];
  const kind = FLAG_NAMES[flag];
  return kind === undefined ? [] : names(context, kind);
}

async function names(context: CliContext, kind: Completes): Promise<string[]> {
  try {
    if (kind === 'object')
      return (
        await Promise.all((['container', 'image', 'network', 'volume'] as const).map((one) => namesOf(context, one)))
      ).flat();
    return await namesOf(context, kind);
  } catch {
    return []; // No engine answers: nothing to propose.
  }
}

async function namesOf({ api }: CliContext, kind: Completes): Promise<string[]> {
  switch (kind) {
    case 'container': {
      const found = await api.json<{ Names: string[] }[]>('GET', '/containers/json', { query: { all: 1 } });
      return found.flatMap(({ Names }) => Names.map((name) => name.replace(/^\//, '')));
    }
    case 'image': {
      const found = await api.json<{ RepoTags: string[] | null }[]>('GET', '/images/json');
      return found.flatMap(({ RepoTags }) => RepoTags ?? []).flatMap((tag) => [tag, tag.replace(/:latest$/, '')]);
    }
    case 'network':
      return (await api.json<{ Name: string }[]>('GET', '/networks')).map(({ Name }) => Name);
    case 'volume':
      return ((await api.json<{ Volumes: { Name: string }[] | null }>('GET', '/volumes')).Volumes ?? []).map(
        ({ Name }) => Name,
      );
    case 'plugin':
      return (await api.json<{ Name: string }[]>('GET', '/plugins')).map(({ Name }) => Name);
    default:
      return [];
  }
}

/** Scripts that a shell sources; they ask this command for what fits. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_berth() {
  local IFS=$'\\n'
  COMPREPLY=($(berth __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || compopt -o default
}
complete -F _berth berth
`,
  zsh: `#compdef berth
_berth() {
  local -a found
  found=("\${(@f)$(berth __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _berth berth
`,
  fish: `function __berth_complete
  set -l words (commandline -opc) (commandline -ct)
  berth __complete $words[2..-1] 2>/dev/null
end
complete -c berth -a '(__berth_complete)'
`,
};

/** The completion script of a shell; null for one that is not known. */
export function completionScript(shell: string): string | null {
  return Object.hasOwn(SCRIPTS, shell) ? (SCRIPTS[shell] ?? null) : null;
}
