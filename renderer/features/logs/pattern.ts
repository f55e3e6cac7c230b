/** The pattern for what was typed; null for nothing, undefined for what is no regular expression. Case does not count. */
export function patternOf(text: string, regex: boolean): RegExp | null | undefined {
  if (text === '') return null;
  try {
    return new RegExp(regex ? text : text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
  } catch {
    return undefined;
  }
}
