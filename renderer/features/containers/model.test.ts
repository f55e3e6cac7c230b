import { describe, expect, it } from 'vitest';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { extendTo, prune, selectAll, toggle } from '../../ui/selection.ts';
import { otherWords } from '../palette/other-words.ts';
import { rank } from '../palette/rank.ts';
import { describeState, explainExit, findContainer, matchesFilter, portUrl } from './model.ts';

const container: ContainerSummary = {
  id: 'abc123',
  name: 'web-1',
  image: 'nginx:1',
  imageId: 'x',
  command: '',
  state: 'running',
  status: '',
  exitCode: null,
  health: 'none',
  createdAt: 0,
  startedAt: 0,
  ports: [{ containerPort: 80, protocol: 'tcp', hostIp: '', hostPort: 8080 }],
  labels: { team: 'shop' },
};

describe('matchesFilter', () => {
  it.each([
    ['', true],
    ['web nginx', true],
    ['web redis', false],
    ['abc', true],
    ['bc1', false],
    ['8080', true],
    ['team=sh', true],
    ['label:team', true],
    ['label:shop', false],
    ['image:ngi', true],
    ['name:nginx', false],
    ['state:run', true],
    ['health:un', false],
    ['health:none', true],
    ['port:80', true],
    ['port:808', false],
  ])('%s: %s', (filter, matches) => {
    expect(matchesFilter(container, filter)).toBe(matches);
  });
});

describe('findContainer', () => {
  const all = [container, { ...container, id: 'abd456', name: 'db' }];
  it.each([
    ['web-1', 'web-1'],
    ['abd456', 'db'],
    ['abd4', 'db'],
    ['ab', undefined],
    ['nothing', undefined],
  ])('%s: %s', (written, name) => {
    expect(findContainer(all, written)?.name).toBe(name);
  });

  it('takes none of several', () => {
    expect(findContainer([container, { ...container, id: 'abc199', name: 'db' }], 'abc1')).toBeUndefined();
  });
});

describe('states', () => {
  it('says what we do to it before what it is', () => {
    expect(describeState(container, 'stopping')).toEqual({ tone: 'busy', text: 'Stopping…' });
    expect(describeState({ ...container, state: 'exited', exitCode: 137 }, undefined)).toEqual({
      tone: 'bad',
      text: 'Exited (137)',
    });
    expect(describeState({ ...container, state: 'exited', exitCode: 0 }, undefined).tone).toBe('idle');
  });

  it('says what the health check says, of what runs', () => {
    expect(describeState({ ...container, health: 'unhealthy' }, undefined)).toEqual({ tone: 'bad', text: 'Unhealthy' });
    expect(describeState({ ...container, health: 'healthy' }, undefined)).toEqual({ tone: 'good', text: 'Healthy' });
    expect(describeState({ ...container, health: 'starting' }, undefined).tone).toBe('busy');
  });

  it('explains how it ended', () => {
    expect(explainExit(137, true)).toMatch(/memory/);
    expect(explainExit(127, false)).toMatch(/not found/);
    expect(explainExit(143, false)).toMatch(/SIGTERM/);
    expect(explainExit(3, false)).toMatch(/code 3/);
  });
});

describe('portUrl', () => {
  it.each([
    ['', 8080, 80, 'tcp', 'http://localhost:8080'],
    ['127.0.0.1', 1, 443, 'tcp', 'https://127.0.0.1:1'],
    ['::1', 1, 80, 'tcp', 'http://[::1]:1'],
    ['', 0, 80, 'tcp', null],
    ['', 53, 53, 'udp', null],
  ])('%s:%d', (hostIp, hostPort, containerPort, protocol, url) => {
    expect(portUrl({ hostIp, hostPort, containerPort, protocol })).toBe(url);
  });
});

describe('selection', () => {
  const order = ['a', 'b', 'c', 'd'];
  it('toggles, extends from the anchor, takes all, and forgets what is gone', () => {
    const one = toggle({ selected: new Set(), anchor: null }, 'b');
    const three = extendTo(one, 'd', order);
    expect([...three.selected]).toEqual(['b', 'c', 'd']);
    expect(three.anchor).toBe('b');
    expect(toggle(three, 'c').selected.has('c')).toBe(false);
    expect(selectAll(order).selected.size).toBe(4);
    expect([...prune(three, (id) => id !== 'c').selected]).toEqual(['b', 'd']);
    expect(prune(three, () => true)).toBe(three);
  });
});

describe('rank', () => {
  it('puts beginnings before middles and wants every word', () => {
    const entries = ['stop api', 'api', 'rapid', 'my-api'].map((label) => ({ label, note: '' }));
    expect(rank(entries, 'api').map((entry) => entry.label)).toEqual(['api', 'my-api', 'stop api', 'rapid']);
    expect(rank(entries, 'api stop').map((entry) => entry.label)).toEqual(['stop api']);
  });

  it('finds what somebody calls otherwise, after what says it itself', () => {
    const entries = [
      { label: 'Open terminal: web', note: 'Container', words: otherWords('terminal web') },
      { label: 'executor', note: 'Container', words: otherWords('open executor') },
      { label: 'Remove: web', note: 'Container', words: otherWords('remove web') },
    ];
    const found = (query: string) => rank(entries, query).map(({ label }) => label);
    expect(found('exec')).toEqual(['executor', 'Open terminal: web']);
    expect(found('docker exec web')).toEqual(['Open terminal: web']);
    expect(found('delete')).toEqual(['Remove: web']);
    // Middles of such words say nothing: "move" is in "remove" itself.
    expect(found('elete')).toEqual([]);
  });
});
