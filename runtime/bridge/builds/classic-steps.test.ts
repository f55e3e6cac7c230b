import { expect, it } from 'vitest';
import { ClassicSteps } from './classic-steps.ts';

it('reads steps, stages, what is cached, and output', () => {
  const steps = new ClassicSteps();
  steps.push('Step 1/4 : FROM a AS make\n ---> 123\nStep 2/4 : RUN echo hi; m', 1);
  const { output } = steps.push('ake\n ---> Using cache\nhi\nStep 3/4 : FROM b\n ---> 456\n', 5);
  expect(output).toEqual([{ step: '2', time: 5, stream: 1, text: 'hi\n' }]);
  steps.push('Step 4/4 : COPY --from=make /x /x\n', 7);
  steps.end('it broke', 9);
  expect(steps.total).toBe(4);
  expect(steps.steps).toMatchObject([
    { id: '1', stage: 'make', text: 'FROM a AS make', inputs: [], started: 1, completed: 5, cached: false },
    { id: '2', stage: 'make', text: 'RUN echo hi; make', inputs: ['1'], completed: 5, cached: true },
    { id: '3', stage: 'stage-1', inputs: [], completed: 7 },
    { id: '4', stage: 'stage-1', inputs: ['3', '2'], completed: 9, error: 'it broke' },
  ]);
});
