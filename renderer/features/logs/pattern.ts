import { logPattern } from '../../../runtime/contract/log-pattern.ts';

/** The pattern for what was typed; null for nothing, undefined for what is no regular expression. Case does not count. */
export function patternOf(text: string, regex: boolean): RegExp | null | undefined {
  if (text === '') return null;
  try {
    return logPattern(text, regex);
  } catch {
    return undefined;
  }
}
