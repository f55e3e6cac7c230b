import { expect, it } from 'vitest';
import { Patterns } from '../../common/path-patterns.ts';
import type { Service } from '../model/project.ts';
import { watchRules, workFor, type WatchRule } from './watch.ts';

type Rule = NonNullable<NonNullable<Service['develop']>['watch']>[number];

function ruleOf(further: Partial<Rule>, dockerignore: string[] | null = null): WatchRule {
  const rule = { path: '/p/src', action: 'sync', target: '/app', ...further } as Rule;
  const service = { name: 'a', develop: { watch: [rule] } } as unknown as Service;
  const context = dockerignore === null ? null : { root: '/p', patterns: new Patterns(dockerignore) };
  const [found] = watchRules(service, context);
  if (found === undefined) throw new Error('no rule');
  return found;
}

it('finds the place of what is in the path, and of nothing else', () => {
  const { placeOf } = ruleOf({ ignore: ['*.tmp', 'deep/'] });
  expect(['/p/src/a', '/p/src', '/p/src/sub/b'].map(placeOf)).toEqual(['/app/a', '/app', '/app/sub/b']);
  expect(['/p/srcs/a', '/p', '/p/src/a.tmp', '/p/src/deep/x', '/p/src/.git/HEAD', '/p/src/a~'].map(placeOf)).toEqual([
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

it('leaves out what a build would not see', () => {
  const { placeOf, enters } = ruleOf({}, ['src/node_modules', 'src/dist', '!src/dist/kept', 'a']);
  expect(placeOf('/p/src/node_modules/x')).toBeNull();
  expect(placeOf('/p/src/dist/x')).toBeNull();
  expect(placeOf('/p/src/dist/kept')).toBe('/app/dist/kept');
  // Said of the context's own `a`.
  expect(placeOf('/p/src/a')).toBe('/app/a');
  expect(enters('/p/src/dist')).toBe(true);
  expect(ruleOf({}, ['src/dist']).enters('/p/src/dist')).toBe(false);
});

it('looks for included files in directories that are not', () => {
  const { placeOf, enters } = ruleOf({ include: ['**/*.ts'], ignore: ['old'] });
  expect(['/p/src/a.ts', '/p/src/sub/b.ts', '/p/src/sub', '/p/src/a.js'].map(placeOf)).toEqual([
    '/app/a.ts',
    '/app/sub/b.ts',
    null,
    null,
  ]);
  expect(['/p/src/sub', '/p/src/old'].map(enters)).toEqual([true, false]);
});

it('rebuilds instead of copying where both are asked for', () => {
  const rules = [ruleOf({}), ruleOf({ action: 'rebuild', path: '/p/src/package.json' })];
  const actions = (...paths: string[]) => workFor(rules, paths).map(({ rule }) => rule.rule.action);
  expect(actions('/p/src/a')).toEqual(['sync']);
  expect(actions('/p/src/a', '/p/src/package.json')).toEqual(['rebuild']);
  expect(actions('/p/other')).toEqual([]);
});
