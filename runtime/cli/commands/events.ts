import { jsonLines } from '../../common/lines.ts';
import { command } from '../command.ts';
import { filtersOf } from '../filters.ts';
import { typedView } from '../inspect/typed.ts';
import { GoScalar } from '../template/go-value.ts';
import { PARSE_FAILURE, TemplateError } from '../template/errors.ts';
import { compileTemplate } from '../template/evaluate.ts';
import { jsonText } from '../template/functions.ts';
import { localStamp, timestamp } from '../timestamps.ts';
import { visible } from '../output/visible.ts';

interface EventLine {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: GoScalar;
}

/** Nanoseconds have more digits than a number keeps. */
function exact(key: string, value: unknown, { source = '' }: { readonly source?: string }): unknown {
  return key === 'timeNano' ? new GoScalar(source, value) : value;
}

export const events = command({
  name: 'events',
  usage: '[OPTIONS]',
  summary: 'Get real time events from the engine',
  specs: {
    filter: { kind: 'list', short: 'f', value: 'filter', help: 'Show only what matches, NAME=VALUE' },
    format: { kind: 'string', help: 'Format output using "json" or a template' },
    since: { kind: 'string', help: 'Show all events created since timestamp' },
    until: { kind: 'string', help: 'Stream events until this timestamp' },
  },
  arity: [0, 0],
  run: async ({ api, stdout }, flags) => {
    const print = printerOf(flags.format ?? '');
    const stream = await api.open('GET', '/events', {
      query: { filters: filtersOf(flags.filter), since: timestamp(flags.since), until: timestamp(flags.until) },
    });
    for await (const event of jsonLines<EventLine>(stream, exact)) {
      stdout.write(visible(`${print(event)}\n`, stdout, flags.format));
    }
    return 0;
  },
});

/** Prints an event by a `--format` text. Throws TemplateError at once, not only when something happens. */
function printerOf(format: string): (event: EventLine) => string {
  if (format === '') return eventText;
  if (format === 'json') return jsonText;
  const template = checkedTemplate(format);
  return (event) => template(typedView('event', event));
}

/** Docker's words for a wrong template differ from those of other commands. */
function checkedTemplate(format: string): (value: unknown) => string {
  try {
    const template = compileTemplate(format);
    template(typedView('event', {}));
    return template;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const reason = error.message
      .replace('template parsing error', 'Error parsing format')
      .replace(/(can't evaluate field \w+)$/, '$1 in type *events.Message');
    throw new TemplateError(reason, PARSE_FAILURE);
  }
}

function eventText({ Type, Action, Actor, timeNano }: EventLine): string {
  const attributes = Object.entries(Actor.Attributes)
    .sort()
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  return `${localStamp(BigInt(timeNano.text))} ${Type} ${Action} ${Actor.ID}${attributes === '' ? '' : ` (${attributes})`}`;
}
