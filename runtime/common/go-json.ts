/** JSON as Go's encoder writes it: what stands for markup in HTML, and the line ends of Unicode, are escaped. */
export function htmlSafe(json: string): string {
  return json.replaceAll(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
