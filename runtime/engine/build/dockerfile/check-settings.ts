import { EngineError } from '../../errors.ts';
import type { Dockerfile } from './parse.ts';

type Rules = 'all' | ReadonlySet<string>;

/** Which rules count: of `# check=`, or of the variable that stands for it. */
export interface CheckSettings {
  readonly skipped: Rules;
  /** Those of the rules that are off by themselves which are on. */
  readonly experimental: Rules;
  /** Whether a warning ends the build. */
  readonly areErrors: boolean;
}

/** The variable of a build that counts instead of what the Dockerfile says. */
export const CHECK_ARG = 'BUILDKIT_DOCKERFILE_CHECK';
const EXPERIMENTAL_RULES: ReadonlySet<string> = new Set(['InvalidDefinitionDescription', 'CopyIgnoredFile']);

/** Reads `skip=A,B;experimental=all;error=true`. Throws `invalid`. */
export function checkSettings(text: string): CheckSettings {
  const fields = text
    .split(';')
    .map((field) => field.trim())
    .filter((field) => field !== '');
  let skipped: Rules = new Set();
  let experimental: Rules = new Set();
  let areErrors = false;
  for (const field of fields) {
    const [, name = '', value = ''] = /^(\w+)\s*=\s*([^]*)$/.exec(field) ?? [];
    if (name === 'skip') skipped = rulesOf(value);
    else if (name === 'experimental') experimental = rulesOf(value);
    else if (name === 'error' && /^(?:1|0|t|f|true|false)$/i.test(value)) areErrors = /^[1t]/i.test(value);
    else
      throw new EngineError('invalid', `failed to parse check options: invalid check option ${JSON.stringify(field)}`);
  }
  return { skipped, experimental, areErrors };
}

function rulesOf(text: string): Rules {
  const rules = text.split(',').map((rule) => rule.trim().toLowerCase());
  return rules.includes('all') ? 'all' : new Set(rules);
}

/** Whether a rule counts for an instruction that begins on a line: a comment above it may leave rules out, too. */
export function ruleCounts(rule: string, line: number, { lines }: Dockerfile, settings: CheckSettings): boolean {
  if (EXPERIMENTAL_RULES.has(rule)) return has(settings.experimental, rule);
  if (has(settings.skipped, rule)) return false;
  for (let above = line - 1; lines.comments.has(above); above -= 1) {
    const [, own] = /^check\s*=\s*(\S+)/i.exec(lines.comments.get(above) ?? '') ?? [];
    if (own !== undefined && own !== lines.check && has(checkSettings(own).skipped, rule)) return false;
  }
  return true;
}

function has(rules: Rules, rule: string): boolean {
  return rules === 'all' || rules.has(rule.toLowerCase());
}
