/** Severity names as syslog and dockerd have them, least severe first. */
const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LEVELS)[number];

export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** Writes everything, or again from the level on that it was made with. */
  setDebug?(on: boolean): void;
}

/** True when `text` names a log level. */
export function isLogLevel(text: string): text is LogLevel {
  return (LEVELS as readonly string[]).includes(text);
}

/** Writes one line an event to stderr: time, level, message, then the fields as key=JSON. */
export function createLogger(minimum: LogLevel): Logger {
  let threshold = LEVELS.indexOf(minimum);
  const write = (level: LogLevel, message: string, fields: Record<string, unknown> = {}): void => {
    if (LEVELS.indexOf(level) < threshold) return;
    const rest = Object.entries(fields)
      .map(([key, value]) => ` ${key}=${render(value)}`)
      .join('');
    process.stderr.write(`${new Date().toISOString()} ${level} ${message}${rest}\n`);
  };
  return {
    debug: (message, fields) => {
      write('debug', message, fields);
    },
    info: (message, fields) => {
      write('info', message, fields);
    },
    warn: (message, fields) => {
      write('warn', message, fields);
    },
    error: (message, fields) => {
      write('error', message, fields);
    },
    setDebug: (on) => {
      threshold = on ? 0 : LEVELS.indexOf(minimum);
    },
  };
}

function render(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  return value === undefined ? 'undefined' : JSON.stringify(value);
}
