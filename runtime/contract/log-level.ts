/** How bad a line is, as far as its words tell; the worst last. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * The level of a line without colours: a word like WARN near its beginning, `level=warn`, or `"level":"warn"`. A line
 * that is indented goes with the one before, as those of a stack trace do. Any other without one is information; on
 * stderr it is not taken for an error, because many programs write everything there.
 */
export function levelOfPlain(text: string, before: Level = 'info'): Level {
  const plain = text.slice(0, 400);
  const found =
    /\b(?:level|lvl|severity)["']?\s*[=:]\s*["']?(\w+)/i.exec(plain)?.[1] ??
    /(?:^|[\s[|(])(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|CRIT(?:ICAL)?|FATAL|PANIC)\b/.exec(
      plain.slice(0, 120),
    )?.[1];
  switch (found?.toLowerCase()) {
    case 'trace':
    case 'debug':
      return 'debug';
    case 'warn':
    case 'warning':
      return 'warn';
    case 'err':
    case 'error':
    case 'crit':
    case 'critical':
    case 'fatal':
    case 'panic':
      return 'error';
    case undefined:
      return /^\s+\S/.test(plain) ? before : 'info';
    default:
      return 'info';
  }
}
