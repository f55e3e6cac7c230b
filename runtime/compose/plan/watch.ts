import { posix, relative, sep } from 'node:path';
import { Patterns } from '../../common/path-patterns.ts';
import type { Service } from '../model/project.ts';

type Rule = NonNullable<NonNullable<Service['develop']>['watch']>[number];

/** A rule of `develop.watch` of one service, ready to be asked about paths. */
export interface WatchRule {
  readonly service: string;
  readonly rule: Rule;
  /** Where a changed path belongs in a container (`''` for what is not copied); null when the rule is not about it. */
  readonly placeOf: (path: string) => string | null;
  /** Whether there may be something in a directory that the rule is about. */
  readonly enters: (path: string) => boolean;
}

/** What the context of a service's build leaves out (`.dockerignore`). */
export interface ContextIgnores {
  readonly root: string;
  readonly patterns: Patterns;
}

/** Never of interest, as docker's own Compose has it. */
const ALWAYS_IGNORED = ['**/.git', '**/*~', '**/.*.sw?', '**/4913'];

/** A path from a directory on, with slashes; null for one that is not in it. */
function pathInside(directory: string, path: string): string | null {
  const inside = relative(directory, path).split(sep).join('/');
  return inside === '..' || inside.startsWith('../') ? null : inside;
}

/** The rules of a service (Compose Develop specification). What a build would not see is not brought into containers. */
export function watchRules(service: Service, context: ContextIgnores | null = null): WatchRule[] {
  return (service.develop?.watch ?? []).map((rule) => {
    const ignores: ContextIgnores[] = [
      { root: rule.path, patterns: new Patterns([...ALWAYS_IGNORED, ...(rule.ignore ?? [])]) },
      ...(context === null ? [] : [context]),
    ];
    const included = rule.include === undefined ? null : new Patterns(rule.include);
    const ignoring = (path: string): ContextIgnores[] =>
      ignores.filter(({ root, patterns }) => {
        const inside = pathInside(root, path);
        return inside !== null && inside !== '' && patterns.matches(inside);
      });
    return {
      service: service.name,
      rule,
      placeOf: (path) => {
        const inside = pathInside(rule.path, path);
        if (inside === null || ignoring(path).length > 0) return null;
        if (inside !== '' && included !== null && !included.matches(inside)) return null;
        return rule.target === undefined ? '' : posix.join(rule.target, inside);
      },
      enters: (path) => ignoring(path).every(({ patterns }) => patterns.hasExceptions),
    };
  });
}

/** What is to be done for changed paths, each rule once. */
export interface WatchWork {
  readonly rule: WatchRule;
  /** Changed paths, with their places in a container. */
  readonly changes: readonly { readonly path: string; readonly place: string }[];
}

/** Finds the work for changed paths. A rebuild of a service makes everything else for it needless. */
export function workFor(rules: readonly WatchRule[], paths: readonly string[]): WatchWork[] {
  const works = rules.flatMap((rule): WatchWork[] => {
    const changes = paths.flatMap((path) => {
      const place = rule.placeOf(path);
      return place === null ? [] : [{ path, place }];
    });
    return changes.length === 0 ? [] : [{ rule, changes }];
  });
  const rebuilt = new Set(works.filter(({ rule }) => rule.rule.action === 'rebuild').map(({ rule }) => rule.service));
  return works.filter(({ rule }) => rule.rule.action === 'rebuild' || !rebuilt.has(rule.service));
}
