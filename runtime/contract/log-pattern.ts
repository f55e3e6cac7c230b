/** The expression for what was typed. Case does not count. Throws SyntaxError for what is no regular expression. */
export function logPattern(text: string, regex: boolean): RegExp {
  return new RegExp(regex ? text : text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
}
