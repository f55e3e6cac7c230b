import { describe, expect, it } from 'vitest';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { extendTo, prune, selectAll, toggle } from '../../ui/selection.ts';
import { rank } from '../palette/rank.ts';
import { describeState, explainExit, matchesFilter, portUrl } from './model.ts';

const container: ContainerSummary = {
  id: 'abc123',
  name: 'web-1',
  image: 'nginx:1',
  imageId: 'x',
  command: '',
  state: 'running',
  status: '',
  exitCode: null,
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
    ['port:80', true],
    ['port:808', false],
  ])('%s: %s', (filter, matches) => {
    expect(matchesFilter(container, filter)).toBe(matches);
  });
});

describe('states', () => {
  it('says what we do to it before what it is', () => {
    expect(describeState(container, 'stopping')).toEqual({ tone: 'busy', text: 'Stopping…' });
    expect(describeState({ state: 'exited', exitCode: 137 }, undefined)).toEqual({ tone: 'bad', text: 'Exited (137)' });
    expect(describeState({ state: 'exited', exitCode: 0 }, undefined).tone).toBe('idle');
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
});
