import { describe, expect, it } from 'vitest';
import { forwardChanges } from './foreign-firewall.ts';

describe('rules in a foreign FORWARD chain', () => {
  const ours = (match: string, mark = 'berth_1'): string =>
    `-A FORWARD ${match} -m comment --comment ${mark} -j ACCEPT`;
  const lines = (...rules: string[]): string =>
    ['-P FORWARD DROP', '-A FORWARD -j DOCKER-USER', ...rules, ''].join('\n');

  it('lets our bridges through a chain that drops, once', () => {
    const added = forwardChanges(lines(), 'berth_1', ['br0']);
    expect(added.map((words) => words.join(' '))).toEqual([
      '-I FORWARD -i br0 -m comment --comment berth_1 -j ACCEPT',
      '-I FORWARD -o br0 -m comment --comment berth_1 -j ACCEPT',
    ]);
    expect(forwardChanges(lines(ours('-i br0'), ours('-o br0')), 'berth_1', ['br0'])).toEqual([]);
  });

  it('adds nothing to a chain that accepts, and takes back what it needs no more', () => {
    const listing = lines(ours('-i br0'), ours('-i br1'), ours('-i br1', 'berth_2'), '-A FORWARD -i br1 -j ACCEPT');
    expect(forwardChanges(listing, 'berth_1', ['br0']).map((words) => words.slice(0, 4))).toEqual([
      ['-D', 'FORWARD', '-i', 'br1'],
      ['-I', 'FORWARD', '-o', 'br0'],
    ]);
    const accepting = listing.replace('-P FORWARD DROP', '-P FORWARD ACCEPT');
    expect(forwardChanges(accepting, 'berth_1', ['br0']).map(([command]) => command)).toEqual(['-D', '-D']);
    expect(forwardChanges('-P FORWARD ACCEPT\n', 'berth_1', ['br0'])).toEqual([]);
  });
});
