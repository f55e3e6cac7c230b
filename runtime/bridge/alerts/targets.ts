import type { AlertRule } from '../../contract/alerts.ts';

/** What rules choose containers by. */
export interface Target {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

const PROJECT = 'com.docker.compose.project';

/** Whether a container is among those of a rule. */
export function isMeant(rule: Pick<AlertRule, 'target' | 'glob'>, container: Target): boolean {
  const { target, glob } = rule;
  if (target === 'all') return true;
  const value = target === 'project' ? (container.labels[PROJECT] ?? '') : container[target];
  return value !== '' && glob.split(/[\s,]+/).some((one) => one !== '' && globOf(one).test(value));
}

/** `*` is anything, `?` one character; an image goes with and without its tag. */
function globOf(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}${/[:@*?]/.test(glob) ? '' : '(?::[^/]*)?'}$`);
}
