import type { Readable } from 'node:stream';

/** Longest single message accepted, in bytes. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** Reads newline-separated JSON values, as events and pull progress come. Throws on malformed input. */
export async function* jsonLines(stream: Readable): AsyncGenerator {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    rest += chunk as string;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_BYTES) throw new Error('the engine sent a message that is too long');
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as unknown;
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as unknown;
}
