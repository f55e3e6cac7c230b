import { expect, it } from 'vitest';
import { stepOf, warningOf } from './engine-types.ts';

const vertex = { digest: 'a', inputs: [], started: null, completed: null, cached: false, error: '' };

it('reads stage and instruction of a step', () => {
  expect(stepOf({ ...vertex, name: '[build 2/4] RUN [ -d /x ] && make' })).toMatchObject({
    stage: 'build',
    text: 'RUN [ -d /x ] && make',
  });
  expect(stepOf({ ...vertex, name: '[linux/arm64 build 1/4] FROM a' })).toMatchObject({ stage: 'linux/arm64 build' });
  expect(stepOf({ ...vertex, name: '[2/4] RUN a' })).toMatchObject({ stage: 'stage-0', text: 'RUN a' });
  expect(stepOf({ ...vertex, name: '[build  2/14] RUN a' })).toMatchObject({ stage: 'build', text: 'RUN a' });
  expect(stepOf({ ...vertex, name: '[internal] load build context' }).text).toBe('load build context');
  expect(stepOf({ ...vertex, name: 'exporting to image' })).toMatchObject({ stage: '', text: 'exporting to image' });
});

it('reads a warning', () => {
  expect(warningOf({ text: 'StageNameCasing: Stage name (X) (line 3)', start: 3, end: 3 })).toEqual({
    rule: 'StageNameCasing',
    message: 'Stage name (X)',
    start: 3,
    end: 3,
  });
});
