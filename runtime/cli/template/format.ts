import { compileTemplate } from './evaluate.ts';
import { jsonText } from './functions.ts';

/** Prints one object by a `--format` text: `json`, or a template. Throws TemplateError. */
export function formatObject(format: string, value: unknown): string {
  return format === 'json' ? jsonText(value) : compileTemplate(format)(value);
}
