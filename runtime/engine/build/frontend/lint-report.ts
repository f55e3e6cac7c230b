import { excerpt, wholeText, type Span } from '../dockerfile/source.ts';
import { ruleDescription, ruleUrl } from './lint-rules.ts';
import type { Linted } from './linted-text.ts';

const locationOf = ({ start, end }: Span): object => ({
  ranges: [{ start: { line: start, character: 0 }, end: { line: end, character: 0 } }],
});

/** Warnings, and what ends a build, as BuildKit's lint request answers them. */
export function lintDocument({ warnings, failure, source }: Linted): object {
  return {
    warnings: warnings.map(({ rule, message, span }) => ({
      ruleName: rule,
      description: ruleDescription(rule),
      url: ruleUrl(rule),
      detail: message,
      location: locationOf(span),
    })),
    sources: [
      {
        filename: source.name,
        language: 'Dockerfile',
        data: Buffer.from(wholeText(source)).toString('base64'),
      },
    ],
    ...(failure === null ? {} : { buildError: { message: failure.message, location: locationOf(failure.span) } }),
  };
}

/** Warnings for people, in the form of `docker build --check`. */
export function lintText({ warnings, failure, source }: Linted): string {
  const count = warnings.length === 1 ? '1 warning has' : `${warnings.length} warnings have`;
  const head = warnings.length === 0 ? 'no warnings found.' : `${count} been found!`;
  const parts = warnings.map(
    ({ rule, message, span }) =>
      `\nWARNING: ${[rule, ruleUrl(rule)].filter((text) => text !== '').join(' - ')}\n${message}\n\n${excerpt(source, span)}\n`,
  );
  const end = failure === null ? '' : `\nERROR: ${failure.message}\n\n${excerpt(source, failure.span)}\n`;
  return `Check complete, ${head}\n${parts.join('')}${end}`;
}
