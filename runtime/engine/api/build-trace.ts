import type { TraceUpdate } from '../build/history/trace.ts';

/** What happens in a build as JSON, in the shape that BuildKit's clients write with `--progress=rawjson`. */
export function traceJson({ vertexes, statuses, logs, warnings }: TraceUpdate): object {
  return {
    ...(vertexes.length === 0
      ? {}
      : {
          vertexes: vertexes.map(({ digest, name, inputs, started, completed, cached, error }) => ({
            digest,
            ...(inputs.length === 0 ? {} : { inputs }),
            name,
            ...times({ started, completed }),
            ...(cached ? { cached } : {}),
            ...(error === '' ? {} : { error }),
          })),
        }),
    ...(statuses.length === 0
      ? {}
      : {
          statuses: statuses.map(({ id, vertex, current, total, time, started, completed }) => ({
            id,
            vertex,
            total,
            current,
            timestamp: timeOf(time),
            ...times({ started, completed }),
          })),
        }),
    ...(logs.length === 0
      ? {}
      : {
          logs: logs.map(({ vertex, stream, bytes, time }) => ({
            vertex,
            stream,
            data: bytes.toString('base64'),
            timestamp: timeOf(time),
          })),
        }),
    ...(warnings.length === 0
      ? {}
      : {
          warnings: warnings.map(({ vertex, text, url, file, start, end }) => ({
            vertex,
            level: 1,
            short: Buffer.from(text).toString('base64'),
            url,
            sourceInfo: { filename: file },
            range: [{ start: { line: start }, end: { line: end } }],
          })),
        }),
  };
}

function times(own: { readonly started: number | null; readonly completed: number | null }): object {
  return {
    ...(own.started === null ? {} : { started: timeOf(own.started) }),
    ...(own.completed === null ? {} : { completed: timeOf(own.completed) }),
  };
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
