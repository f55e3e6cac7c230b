import { expect, it } from 'vitest';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { groupByProject, isProject, projectOf, sumOfKnown } from './projects.ts';

const container = (name: string, project = '', state: ContainerSummary['state'] = 'running'): ContainerSummary => ({
  id: name,
  name,
  image: '',
  imageId: '',
  command: '',
  state,
  status: '',
  exitCode: null,
  health: 'none',
  createdAt: 0,
  startedAt: 0,
  ports: [],
  labels: project === '' ? {} : { 'com.docker.compose.project': project },
});

it('puts a project where its first container stood, with its state rolled up, and folds it', () => {
  const sorted = [container('a'), container('b', 'shop'), container('c'), container('d', 'shop', 'exited')];
  const names = (folded: readonly string[]) =>
    groupByProject(sorted, new Set(folded)).map((row) =>
      isProject(row) ? `[${row.name} ${String(row.running)}/${String(row.members.length)}]` : row.name,
    );
  expect(names([])).toEqual(['a', '[shop 1/2]', 'b', 'd', 'c']);
  expect(names(['shop'])).toEqual(['a', '[shop 1/2]', 'c']);
});

it('leaves alone what was made by hand of an image that a project has built', () => {
  const made = container('by-hand', 'shop');
  const labels = { ...made.labels, 'com.docker.compose.version': '2.40.0' };
  expect(projectOf({ ...made, labels })).toBeNull();
  expect(projectOf({ ...made, labels: { ...labels, 'com.docker.compose.container-number': '1' } })).toBe('shop');
});

it('says nothing of what a project uses until something is known', () => {
  expect([[undefined, null], [null, 0.5, undefined, 0.25], [0]].map(sumOfKnown)).toEqual([null, 0.75, 0]);
});
