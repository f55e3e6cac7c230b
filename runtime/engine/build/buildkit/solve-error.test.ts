import { expect, it } from 'vitest';
import { GrpcError, statusTrailers } from '../../../common/grpc/status.ts';
import { EngineError } from '../../errors.ts';
import { DockerfileError, UnresolvedImage } from '../dockerfile/source.ts';
import { placeDetail, solveError } from './solve-error.ts';

const source = { name: 'Dockerfile', lines: ['FROM a', 'RUM b'], text: 'FROM a\r\nRUM b' };

function told(error: unknown): [code: number, message: string, place: unknown] {
  const failure = solveError(error);
  if (!(failure instanceof GrpcError)) throw new Error('no error of gRPC');
  const [detail] = failure.details;
  return [
    failure.code,
    failure.message,
    detail === undefined ? null : JSON.parse(Buffer.from(detail.value).toString()),
  ];
}

it('tells the place of a failure beside its message', () => {
  const place = {
    info: { filename: 'Dockerfile', data: Buffer.from('FROM a\r\nRUM b').toString('base64'), language: 'Dockerfile' },
    ranges: [{ start: { line: 2 }, end: { line: 2 } }],
  };
  const span = { start: 2, end: 2 };
  expect(told(new DockerfileError('no such thing', span, source))).toEqual([2, 'no such thing', place]);
  const missing = new EngineError('not-found', 'denied');
  expect(told(new UnresolvedImage(missing, { span, source, summary: 'a: denied' }))).toEqual([2, 'a: denied', place]);
  expect(told(missing)).toEqual([2, 'denied', null]);
});

it('keeps the trailers of a long file short, and its lines where they are', () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `RUN ${index + 1} ${'x'.repeat(30)}`);
  const detail = placeDetail({ name: 'D', lines }, { start: 2500, end: 2501 });
  const { info } = JSON.parse(Buffer.from(detail.value).toString()) as { info: { data: string } };
  const shown = Buffer.from(info.data, 'base64').toString().split('\n');
  expect(shown[2499]).toMatch(/^RUN 2500 /);
  expect(shown[100]).toBe('');
  expect(JSON.stringify(statusTrailers(2, 'x', [detail])).length).toBeLessThan(16_384);
});
