import type { Readable } from 'node:stream';

/** The JSON values of a stream with one value a line (events, pull progress). */
export async function* jsonLines<T>(stream: Readable): AsyncGenerator<T> {
  let pending = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as T;
  }
  if (pending.trim() !== '') yield JSON.parse(pending) as T;
}
