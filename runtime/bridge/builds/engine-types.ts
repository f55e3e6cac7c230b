/** Builds as the engine tells of them under `/berth/builds`. */
import type { BuildDetails, BuildOutput, BuildStep, BuildSummary, BuildWarning } from '../../contract/builds.ts';
import { problemOf, summarized } from './problem.ts';

export interface EngineVertex {
  readonly digest: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly started: number | null;
  readonly completed: number | null;
  readonly cached: boolean;
  readonly error: string;
}

export interface EngineUpdate {
  readonly vertexes: readonly EngineVertex[];
  readonly logs: readonly {
    readonly vertex: string;
    readonly time: number;
    readonly stream: 1 | 2;
    readonly text: string;
  }[];
}

export interface EngineRecord extends BuildSummary, EngineUpdate {
  readonly attributes: Readonly<Record<string, string>>;
  readonly alerts: readonly { readonly text: string; readonly start: number; readonly end: number }[];
}

export interface EngineNews {
  readonly builds?: readonly BuildSummary[];
  readonly build?: BuildSummary;
  readonly deleted?: string;
}

export interface EngineCheck {
  readonly problem: { readonly message: string; readonly span: EngineSpan } | null;
  readonly warnings: readonly { readonly rule: string; readonly message: string; readonly span: EngineSpan }[];
}

interface EngineSpan {
  readonly start: number;
  readonly end: number;
}

/** A summary with nothing but what the contract has, and one line of error. */
export function summaryOf(build: BuildSummary): BuildSummary {
  const { ref, title, status, createdAt, completedAt, total, completed, cached, warnings, image } = build;
  const error = summarized(build.error);
  return { ref, title, status, createdAt, completedAt, error, total, completed, cached, warnings, image };
}

/** What the only stage of a Dockerfile is called, which BuildKit leaves out. */
const ONLY_STAGE = 'stage-0';

/** Reads `[stage 2/4] RUN make`; what has no such mark, or `[internal]`, is a task of the engine. */
export function stepOf({ digest, name, inputs, started, completed, cached, error }: EngineVertex): BuildStep {
  const [, stage = ONLY_STAGE, text] = /^\[(?:(\S.*?) +)?\d+\/\d+\] ([^]*)$/.exec(name) ?? [];
  const rest = { id: digest, inputs, started, completed, cached, error };
  return text === undefined
    ? { ...rest, stage: '', text: name.replace(/^\[internal\] /, '') }
    : { ...rest, stage, text };
}

export function outputOf({ vertex, time, stream, text }: EngineUpdate['logs'][number]): BuildOutput {
  return { step: vertex, time, stream, text };
}

/** `Rule: message (line 3)`, as the engine puts a warning. */
export function warningOf({ text, start, end }: EngineRecord['alerts'][number]): BuildWarning {
  const [, rule = '', message = text] = /^([A-Za-z]+): ([^]*?)(?: \(line \d+\))?$/.exec(text) ?? [];
  return { rule, message, start, end };
}

export function warningAt(
  rule: string,
  { message, span }: { readonly message: string; readonly span: EngineSpan },
): BuildWarning {
  return { rule, message, start: span.start, end: span.end };
}

/** A record as the page gets it, without what this app knows of it. */
export function detailsOf(record: EngineRecord): Omit<BuildDetails, 'settings' | 'edited'> {
  return {
    ...summaryOf(record),
    steps: record.vertexes.map(stepOf),
    problem: problemOf(record.error),
    notes: record.alerts.map(warningOf),
    attributes: record.attributes,
  };
}
