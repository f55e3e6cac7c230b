import { EngineError } from '../errors.ts';

/** Seconds in a unit of Go's durations. */
const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };

const OPTIONS: Readonly<Record<string, string>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
};

/**
 * The arguments of a `HEALTHCHECK` instruction as an image holds them: `NONE`, or options and `CMD` with a command.
 * Throws `invalid`.
 */
export function healthcheckOf(text: string): Record<string, unknown> {
  const check: Record<string, unknown> = {};
  let rest = text;
  for (let flag = nextFlag(rest); flag !== null; flag = nextFlag(rest)) {
    addOption(check, flag.name, flag.value);
    rest = flag.rest;
  }
  const [, kind = '', command = ''] = /^(\S+)\s*([^]*)$/.exec(rest) ?? [];
  if (kind.toUpperCase() === 'NONE') {
    if (command !== '') throw new EngineError('invalid', 'HEALTHCHECK NONE takes no arguments');
    return { Test: ['NONE'] };
  }
  if (kind === '') throw new EngineError('invalid', 'HEALTHCHECK requires at least one argument');
  if (kind.toUpperCase() !== 'CMD')
    throw new EngineError('invalid', `Unknown type ${JSON.stringify(kind)} in HEALTHCHECK`);
  if (command === '') throw new EngineError('invalid', 'Missing command after HEALTHCHECK CMD');
  const words = jsonList(command);
  return { Test: words === null ? ['CMD-SHELL', command] : ['CMD', ...words], ...check };
}

function nextFlag(text: string): { name: string; value: string; rest: string } | null {
  const [, name, value, rest] = /^--([a-z-]+)=(\S*)\s*([^]*)$/.exec(text) ?? [];
  return name === undefined || value === undefined || rest === undefined ? null : { name, value, rest };
}

function addOption(check: Record<string, unknown>, name: string, value: string): void {
  const field = OPTIONS[name];
  if (field !== undefined) {
    const time = nanoseconds(value);
    if (time > 0 && time < 1e6)
      throw new EngineError('invalid', `Interval ${JSON.stringify(name)} cannot be less than 1ms`);
    // None is what there is without the option.
    if (time > 0) check[field] = time;
  } else if (name === 'retries') {
    if (!/^\d+$/.test(value)) throw new EngineError('invalid', `invalid value of --retries: ${value}`);
    if (Number(value) > 0) check['Retries'] = Number(value);
  } else {
    throw new EngineError('invalid', `unknown flag: ${name}`);
  }
}

/** A Go duration (`1m30s`) in nanoseconds. */
function nanoseconds(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new EngineError('invalid', `time: invalid duration ${JSON.stringify(text)}`);
  }
  return parts.reduce((sum, [, number, unit = '']) => sum + Math.round(Number(number) * (UNITS[unit] ?? 0) * 1e9), 0);
}

/** The JSON list of strings that a text is (an instruction's exec form), or null. */
export function jsonList(text: string): string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : null;
  } catch {
    return null;
  }
}
