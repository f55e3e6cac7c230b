import type { Readable } from 'node:stream';

/** Changes a value as it is read; `source` is the text of a number, of which `value` may be but near. */
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** The JSON values of a stream with one value a line (events, pull progress). */
export async function* jsonLines<T>(stream: Readable, reviver?: Reviver): AsyncGenerator<T> {
  let pending = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines)
      if (line.trim() !== '') yield JSON.parse(line, reviver as Parameters<typeof JSON.parse>[1]) as T;
  }
  if (pending.trim() !== '') yield JSON.parse(pending, reviver as Parameters<typeof JSON.parse>[1]) as T;
}
