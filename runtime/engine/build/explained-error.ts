import { EngineError, messageOf, type EngineErrorKind } from '../errors.ts';

/** A failure that the classic builder and BuildKit tell in different words. The message is the classic one. */
export class ExplainedError extends EngineError {
  /** BuildKit's words. */
  readonly explanation: string;

  constructor(kind: EngineErrorKind, message: string, explanation: string) {
    super(kind, message);
    this.explanation = explanation;
  }
}

/** A failure in BuildKit's words. */
export function explained(error: unknown): string {
  return error instanceof ExplainedError ? error.explanation : messageOf(error);
}
