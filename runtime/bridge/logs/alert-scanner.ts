import { logPattern } from '../../contract/log-pattern.ts';
import { LEVELS, levelOfPlain, type Level } from '../../contract/log-level.ts';
import type { AlertRule } from '../../contract/alerts.ts';
import { LogLines, type ScannedLine } from './log-scanner.ts';

/** What of a rule is needed to tell whether a line is meant. */
export type LineRule = Pick<AlertRule, 'pattern' | 'regex' | 'level'>;

/** Lines that a rule means: how many, and the latest. */
export interface LineHit {
  /** Place of the rule. */
  readonly rule: number;
  readonly count: number;
  readonly line: ScannedLine;
  readonly at: readonly [from: number, to: number];
}

/** Looks in one log for the lines that rules mean. */
export class AlertScanner {
  readonly #rules: readonly { readonly pattern: RegExp; readonly least: number }[];
  readonly #looking: (rule: number) => void;
  readonly #lines = new LogLines();
  #level: Level = 'info';
  #last = '';

  /** `looking` is told before each rule is tried, so that one that goes astray can be named. */
  constructor(rules: readonly LineRule[], looking: (rule: number) => void) {
    this.#looking = looking;
    this.#rules = rules.map(({ pattern, regex, level }) => ({
      pattern: logPattern(pattern, regex),
      least: level === 'any' ? 0 : LEVELS.indexOf(level),
    }));
  }

  /** Time of the last line. */
  get last(): string {
    return this.#last;
  }

  /** Takes bytes. Returns one hit for each rule that means any of their lines. */
  push(bytes: Uint8Array): LineHit[] {
    const hits = new Map<number, LineHit>();
    for (const line of this.#lines.push(bytes)) {
      this.#last = line.time;
      this.#level = levelOfPlain(line.text, this.#level);
      const level = LEVELS.indexOf(this.#level);
      for (const [rule, { pattern, least }] of this.#rules.entries()) {
        if (level < least) continue;
        this.#looking(rule);
        const found = pattern.exec(line.text);
        if (found === null) continue;
        const at = [found.index, found.index + found[0].length] as const;
        hits.set(rule, { rule, count: (hits.get(rule)?.count ?? 0) + 1, line, at });
      }
    }
    return [...hits.values()];
  }
}
