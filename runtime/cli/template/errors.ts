import { CliError } from '../cli-error.ts';

/** A template that cannot be understood, or not be applied to what there is. */
export class TemplateError extends CliError {}

/** Docker's exit code of a template that cannot be parsed. */
export const PARSE_FAILURE = 64;
