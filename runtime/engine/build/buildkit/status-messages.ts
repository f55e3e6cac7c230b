import type { Draft } from '../../../common/grpc/message.ts';
import type { TraceUpdate } from '../history/trace.ts';
import type { StatusResponse } from './messages/control.ts';

/** Bytes of output in one message: gRPC's clients take 4 MiB. */
const LOGS_SIZE_MAX = 1024 * 1024;

/** What happened in a build as BuildKit tells it. */
export function statusMessages({ vertexes, statuses, logs, warnings }: TraceUpdate): Draft<StatusResponse>[] {
  const messages: Draft<StatusResponse>[] = [];
  let batch: { vertex: string; timestamp: number; stream: bigint; msg: Uint8Array }[] = [];
  let size = 0;
  const first = {
    vertexes,
    statuses: statuses.map(({ id, current, total, time, ...rest }) => ({
      ...rest,
      id,
      name: id,
      current: BigInt(current),
      total: BigInt(total),
      timestamp: time,
    })),
    warnings: warnings.map(({ vertex, text, description, url, file, source, start, end }) => ({
      vertex,
      level: 1n,
      short: Buffer.from(text),
      detail: description === '' ? [] : [Buffer.from(description)],
      url,
      info: { filename: file, data: Buffer.from(source), language: 'Dockerfile' },
      ranges: [{ start: { line: start }, end: { line: end } }],
    })),
  };
  messages.push(first);
  for (const { vertex, time, stream, bytes } of logs) {
    batch.push({ vertex, timestamp: time, stream: BigInt(stream), msg: bytes });
    size += bytes.length;
    if (size < LOGS_SIZE_MAX) continue;
    messages.push({ logs: batch });
    batch = [];
    size = 0;
  }
  if (batch.length > 0) messages.push({ logs: batch });
  return messages;
}
