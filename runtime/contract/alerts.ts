import * as z from 'zod/mini';
import { call, KIB, nothing, stream, type Nothing } from './define.ts';
import { LOG_PATTERN_MAX } from './log-search.ts';

const ruleId = z.string().check(z.regex(/^[A-Za-z0-9-]{1,64}$/));

/** By what the containers of a rule are chosen. */
export const ALERT_TARGETS = ['all', 'name', 'project', 'image'] as const;
/** The least that a line must be for a rule. */
export const ALERT_LEVELS = ['any', 'warn', 'error'] as const;

/** Lines that somebody wants to be told of. */
export const alertRuleSchema = z.object({
  id: ruleId,
  name: z.string().check(z.minLength(1), z.maxLength(100)),
  enabled: z.boolean(),
  /** Empty for every line of the level. */
  pattern: z.string().check(z.maxLength(LOG_PATTERN_MAX)),
  regex: z.boolean(),
  target: z.enum(ALERT_TARGETS),
  /** Names with `*` and `?`, several with spaces between them; of no use where the target is `all`. */
  glob: z.string().check(z.maxLength(1000)),
  level: z.enum(ALERT_LEVELS),
});
export type AlertRule = z.infer<typeof alertRuleSchema>;

/** A rule, and why it does nothing; empty while it does. */
export interface AlertRuleState extends AlertRule {
  readonly problem: string;
}

/** Something that was told. */
export interface Alert {
  /** Grows with each. */
  readonly id: number;
  readonly ruleId: string;
  readonly rule: string;
  readonly containerId: string;
  readonly container: string;
  /** The latest line: RFC 3339 with nanoseconds, its text, and where the match is in it. */
  readonly time: string;
  /** How many lines before it are of the very same time. */
  readonly nth: number;
  readonly text: string;
  readonly at: readonly [from: number, to: number];
  /** Lines since the alert before of the same rule and container. */
  readonly count: number;
}

/** Alerts that are remembered. */
export const ALERTS_KEPT = 200;

/** Channels of alerts on lines of logs. */
export const alertChannels = {
  'alerts.rules': call<readonly AlertRuleState[]>()(nothing),
  /** Adds a rule, or changes the one of this id. */
  'alerts.save': call<Nothing>()(alertRuleSchema),
  'alerts.remove': call<Nothing>()(z.object({ id: ruleId })),
  'alerts.clear': call<Nothing>()(nothing),
  /** First those that are remembered, oldest first, then each as it comes; `rules` when a rule has changed. */
  'alerts.follow': stream<
    | { readonly kind: 'known'; readonly alerts: readonly Alert[] }
    | { readonly kind: 'alert'; readonly alert: Alert }
    | { readonly kind: 'rules' }
  >()(nothing, 256 * KIB),
};
