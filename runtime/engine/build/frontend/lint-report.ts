import type { LintWarning } from '../dockerfile/lint.ts';
import { excerpt, type SourceFile } from '../dockerfile/source.ts';
import { ruleDescription, ruleUrl } from './lint-rules.ts';

/** Warnings as BuildKit's lint request answers them. */
export function lintDocument(warnings: readonly LintWarning[], source: SourceFile): object {
  return {
    warnings: warnings.map(({ rule, message, span }) => ({
      ruleName: rule,
      description: ruleDescription(rule),
      url: ruleUrl(rule),
      detail: message,
      location: {
        ranges: [{ start: { line: span.start, character: 0 }, end: { line: span.end, character: 0 } }],
      },
    })),
    sources: [
      {
        filename: source.name,
        language: 'Dockerfile',
        data: Buffer.from(source.lines.join('\n')).toString('base64'),
      },
    ],
  };
}

/** Warnings for people, in the form of `docker build --check`. */
export function lintText(warnings: readonly LintWarning[], source: SourceFile): string {
  const count = warnings.length === 1 ? '1 warning has' : `${warnings.length} warnings have`;
  const head = warnings.length === 0 ? 'no warnings found.' : `${count} been found!`;
  const parts = warnings.map(
    ({ rule, message, span }) => `\nWARNING: ${rule} - ${ruleUrl(rule)}\n${message}\n\n${excerpt(source, span)}\n`,
  );
  return `Check complete, ${head}\n${parts.join('')}`;
}
