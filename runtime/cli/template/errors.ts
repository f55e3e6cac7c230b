/** A template that cannot be understood, or not be applied to what there is. */
export class TemplateError extends Error {
  /** Docker's exit code. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Docker's exit code of a template that cannot be parsed. */
export const PARSE_FAILURE = 64;
