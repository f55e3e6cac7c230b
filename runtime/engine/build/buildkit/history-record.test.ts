import { expect, it } from 'vitest';
import { StepError } from '../builder.ts';
import { BuildTrace } from '../history/trace.ts';
import { MissingSource } from '../tree/select.ts';
import { historyRecord } from './history-record.ts';

it('tells why a build failed in the words of BuildKit, without the lines', () => {
  const place = { title: 'COPY none /', span: { start: 2, end: 2 }, stage: 's' };
  const source = { name: 'Dockerfile', lines: ['FROM scratch', 'COPY none /'] };
  const failure = new StepError('COPY failed: ', new MissingSource('none'), place, source);
  const names = { ref: 'r', title: 't', attributes: new Map(), response: new Map() };
  const job = { ...names, trace: new BuildTrace(), createdAt: 1, completedAt: 2, error: failure.message, failure };
  expect(historyRecord(job, 'dockerfile.v0').error?.message).toBe(
    'failed to compute cache key: failed to calculate checksum: "/none": not found',
  );
  expect(historyRecord({ ...job, error: '', failure: null }, 'dockerfile.v0').error).toBe(null);
});
