/** Where text goes: a terminal acts on control characters, a pipe does not. */
interface Target {
  readonly isTTY?: boolean;
}

// eslint-disable-next-line no-control-regex -- these are what it is about
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Text as it may be shown. Labels, command lines and what registries say are written by strangers, and could rename a
 * terminal's window, clear it, or write over the lines above: to a terminal control characters go in words (`\x1b`), but
 * for tabs and ends of lines. Where the person's own `template` has some, it is left alone.
 */
export function visible(text: string, { isTTY = false }: Target, template = ''): string {
  if (!isTTY || template.search(CONTROLS) >= 0) return text;
  return text.replaceAll(CONTROLS, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
