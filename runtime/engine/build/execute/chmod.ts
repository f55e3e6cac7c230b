import { EngineError } from '../../errors.ts';

/** A change of modes: octal, or chmod's symbolic form. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

/** Reads the value of `--chmod`. Throws `invalid`. */
export function modeChange(text: string): ModeChange {
  if (text === '') return (mode) => mode;
  if (/^[0-9]/.test(text)) {
    const value = octalMode(text);
    if (value === null)
      throw new EngineError(
        'invalid',
        `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
      );
    return () => value;
  }
  const clauses = text.split(',').map(readClause);
  return (mode, isDirectory) => clauses.reduce((current, clause) => clause(current, isDirectory), mode);
}

/** The mode that octal digits are; null for anything else. */
export function octalMode(text: string): number | null {
  const value = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  return value <= 0o7777 ? value : null;
}

const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

function readClause(text: string): ModeChange {
  const [, who = '', actions = ''] = /^([ugoa]*)((?:[+=-](?:[rwxXst]*|[ugo]))+)$/.exec(text) ?? [];
  if (actions === '') throw new EngineError('invalid', `invalid chmod parameter: '${text}'`);
  const classes = who === '' || who.includes('a') ? ['u', 'g', 'o'] : [...new Set(who)];
  const steps = [...actions.matchAll(/([+=-])([rwxXst]*|[ugo])(?=[+=-]|$)/g)];
  return (mode, isDirectory) => {
    let current = mode;
    for (const [, operator = '', permissions = ''] of steps)
      current = applyStep(current, classes, operator, permissions, isDirectory);
    return current;
  };
}

function applyStep(
  mode: number,
  classes: readonly string[],
  operator: string,
  permissions: string,
  isDirectory: boolean,
): number {
  let bits = 0;
  let cleared = 0;
  for (const name of classes) {
    const shift = SHIFTS[name] ?? 0;
    cleared |= 0o7 << shift;
    bits |= (permissionBits(mode, permissions, isDirectory) & 0o7) << shift;
    if (permissions.includes('s')) bits |= name === 'u' ? 0o4000 : name === 'g' ? 0o2000 : 0;
  }
  if (permissions.includes('t')) bits |= 0o1000;
  if (operator === '+') return mode | bits;
  if (operator === '-') return mode & ~bits;
  return (mode & ~cleared) | bits;
}

function permissionBits(mode: number, permissions: string, isDirectory: boolean): number {
  const copied = SHIFTS[permissions];
  if (copied !== undefined) return mode >> copied;
  let bits = 0;
  if (permissions.includes('r')) bits |= 4;
  if (permissions.includes('w')) bits |= 2;
  const isRunnable = isDirectory || (mode & 0o111) !== 0;
  if (permissions.includes('x') || (permissions.includes('X') && isRunnable)) bits |= 1;
  return bits;
}
