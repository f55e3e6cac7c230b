import { GrpcError, GrpcStatus, type StatusDetail } from '../../../common/grpc/status.ts';
import { EngineError, messageOf } from '../../errors.ts';
import { StepError } from '../builder.ts';
import { DockerfileError, UnresolvedImage, wholeText, type SourceFile, type Span } from '../dockerfile/source.ts';

/** What BuildKit's clients know a place in a file by. */
const SOURCE_TYPE = 'github.com/moby/buildkit/errdefs.Source+json';
/** Lines around the place that a client may show. */
const SHOWN_LINES = 10;
/** Characters of a file that go along as they are: trailers have a limit. */
const TEXT_MAX = 8192;

/**
 * A build's failure as BuildKit tells it: the lines are no part of the message, they go along for the client to show.
 * What the client asked for that is not there keeps its code.
 */
export function solveError(error: unknown): unknown {
  const failure = error instanceof EngineError && error.cause instanceof StepError ? error.cause : error;
  if (failure instanceof StepError) return failed(failure.summary, error, failure.source, failure.place.span);
  if (failure instanceof DockerfileError || failure instanceof UnresolvedImage)
    return failed(failure.summary, error, failure.source, failure.span);
  if (failure instanceof EngineError && failure.kind !== 'unsupported') return failed(messageOf(error), error);
  return error;
}

function failed(message: string, cause: unknown, source: SourceFile | null = null, span?: Span): GrpcError {
  const details = source === null || span === undefined ? [] : [placeDetail(source, span)];
  return new GrpcError(GrpcStatus.unknown, message, { cause, details });
}

/** A place in a file as BuildKit's clients take it. */
export function placeDetail(source: SourceFile, span: Span): StatusDetail {
  const { name, lines } = source;
  const whole = wholeText(source);
  const isLong = whole.length > TEXT_MAX;
  const isNear = (index: number): boolean =>
    index + 1 >= span.start - SHOWN_LINES && index + 1 <= span.end + SHOWN_LINES;
  // Lines keep their numbers.
  const near = lines.map((line, index) => (isNear(index) ? line.slice(0, 400) : '')).join('\n');
  const ranges = Array.from({ length: span.end - span.start + 1 }, (_, index) => {
    const position = { line: span.start + index };
    return { start: position, end: position };
  });
  const value = {
    info: { filename: name, data: Buffer.from(isLong ? near : whole).toString('base64'), language: 'Dockerfile' },
    ranges,
  };
  return { typeUrl: SOURCE_TYPE, value: Buffer.from(JSON.stringify(value)) };
}
