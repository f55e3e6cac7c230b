import type { Service } from './project.ts';

type Services = ReadonlyMap<string, Pick<Service, 'dependencies'>>;
/** What depends on what, whatever is said of that. */
type Graph = ReadonlyMap<string, { readonly dependencies: Readonly<Record<string, unknown>> }>;

/** Names along a circle of dependencies, the first again at the end; null when there is none. */
export function dependencyCircle(services: Graph): string[] | null {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return null;
    for (const next of Object.keys(services.get(name)?.dependencies ?? {})) {
      const circle = services.has(next) ? visit(next, [...path, name]) : null;
      if (circle !== null) return circle;
    }
    done.add(name);
    return null;
  };
  for (const name of services.keys()) {
    const circle = visit(name, []);
    if (circle !== null) return circle;
  }
  return null;
}

/** Services with everything they depend on, by name. Names that are not there are left out. */
export function withDependencies(services: Services, names: Iterable<string>): Set<string> {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    const service = services.get(name);
    if (service === undefined || wanted.has(name)) return;
    wanted.add(name);
    for (const next of Object.keys(service.dependencies)) add(next);
  };
  for (const name of names) add(name);
  return wanted;
}

/**
 * Does something for each service as soon as it is done for all that it depends on (or, in reverse, for all that depend
 * on it), everything else side by side. After a failure nothing more is begun; what runs is waited for. Rejects with
 * the first failure.
 */
export async function inDependencyOrder(
  services: Services,
  names: ReadonlySet<string>,
  action: (name: string) => Promise<void>,
  direction: 'dependencies-first' | 'dependents-first' = 'dependencies-first',
): Promise<void> {
  const before = (name: string): string[] =>
    direction === 'dependencies-first'
      ? Object.keys(services.get(name)?.dependencies ?? {}).filter((one) => names.has(one))
      : [...names].filter((one) => name in (services.get(one)?.dependencies ?? {}));
  const started = new Map<string, Promise<void>>();
  let failed = false;
  const run = (name: string): Promise<void> => {
    const known = started.get(name);
    if (known !== undefined) return known;
    const promise = (async () => {
      await Promise.all(before(name).map(run));
      if (failed) return;
      try {
        await action(name);
      } catch (error) {
        failed = true;
        throw error;
      }
    })();
    started.set(name, promise);
    return promise;
  };
  const results = await Promise.allSettled([...names].map(run));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
