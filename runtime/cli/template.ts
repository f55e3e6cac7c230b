import { UsageError } from './flags.ts';

/**
 * Prints an object by a `--format` text: `json`, or a template with `{{.A.B}}`, `{{json .A}}` and `\t`, `\n`.
 * Throws UsageError for anything else between braces.
 */
export function formatTemplate(template: string, value: unknown): string {
  if (template === 'json') return JSON.stringify(value);
  return template
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n')
    .replaceAll(/\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => evaluate(expression, value));
}

function evaluate(expression: string, value: unknown): string {
  const found = /^(json\s+)?\.([\w.]*)$/.exec(expression);
  if (found === null)
    throw new UsageError(`template: '{{${expression}}}' is not supported; use {{.Field}} or {{json .Field}}`);
  const result = (found[2] ?? '') === '' ? value : (found[2] ?? '').split('.').reduce(member, value);
  if (found[1] !== undefined) return result === undefined ? 'null' : JSON.stringify(result);
  if (result === undefined || result === null) return '<no value>';
  return typeof result === 'string' ? result : JSON.stringify(result);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
