import { isDeepStrictEqual } from 'node:util';

type Body = Readonly<Record<string, unknown>>;

const part = (body: Body, name: string): Body => (body[name] as Body | null | undefined) ?? {};
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** A setting that was edited. In a list what was taken away goes and what is new comes; the rest of it stays. */
function editedValue(own: unknown, before: unknown, now: unknown): unknown {
  const lists = [own ?? [], before ?? [], now ?? []];
  if (!lists.every(isTexts)) return now;
  const [mine = [], old = [], made = []] = lists;
  const kept = mine.filter((one) => made.includes(one) || !old.includes(one));
  return [...kept, ...made.filter((one) => !kept.includes(one) && !old.includes(one))];
}

/** Of each setting the container's own unless it was edited: one that is gone was taken back. */
function editedPart(own: Body, before: Body, now: Body, whole: ReadonlySet<string>): Body {
  const result: Record<string, unknown> = { ...own };
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    if (isDeepStrictEqual(before[name], now[name])) continue;
    const value = whole.has(name) ? now[name] : editedValue(own[name], before[name], now[name]);
    if (value === undefined) Reflect.deleteProperty(result, name);
    else result[name] = value;
  }
  return result;
}

/** Where a bind (`source:target[:options]`) is mounted. */
const targetOf = (bind: string): string => bind.split(':')[1] ?? '';

/**
 * The mounts of a container from which those are gone that the form has no more, or has otherwise: it shows all of them
 * as binds, also those of the container's `Mounts` and the volumes that it made for itself.
 */
function withoutEdited(own: Body, before: Body, now: Body): Body {
  const binds = (body: Body): readonly string[] => (body['Binds'] as readonly string[] | null | undefined) ?? [];
  const edited = new Set(
    binds(before)
      .filter((bind) => !binds(now).includes(bind))
      .map(targetOf),
  );
  if (edited.size === 0) return own;
  const mounts = (own['Mounts'] as readonly { readonly Target: string }[] | null | undefined) ?? [];
  return {
    ...own,
    Binds: binds(own).filter((bind) => !edited.has(targetOf(bind))),
    ...(mounts.length === 0 ? {} : { Mounts: mounts.filter(({ Target }) => !edited.has(Target)) }),
  };
}

/** Lists of words in an order, of which no one can go by itself. */
const WORDS = new Set(['Cmd', 'Entrypoint']);
const PARTS = ['HostConfig', 'NetworkingConfig'];

/**
 * The body of a create request that makes a container anew whose settings were edited in a form: `before` is what the
 * form said of it when it was opened, `now` what it says when it is done. A form does not show all there is, so that what
 * was not edited comes from the container's `own` body, which has nothing of its image's.
 */
export function editedBody(own: Body, before: Body, now: Body): { body: Body; keepsNetworks: boolean } {
  const config = (body: Body): Body =>
    Object.fromEntries(Object.entries(body).filter(([name]) => !PARTS.includes(name)));
  const [hostBefore, hostNow] = [part(before, 'HostConfig'), part(now, 'HostConfig')];
  const hostOwn = withoutEdited(part(own, 'HostConfig'), hostBefore, hostNow);
  const networking = 'NetworkingConfig';
  const keepsNetworks =
    isDeepStrictEqual(before[networking], now[networking]) && hostBefore['NetworkMode'] === hostNow['NetworkMode'];
  return {
    body: {
      ...editedPart(config(own), config(before), config(now), WORDS),
      HostConfig: editedPart(hostOwn, hostBefore, hostNow, new Set()),
      ...((keepsNetworks ? own : now)[networking] === undefined
        ? {}
        : { [networking]: (keepsNetworks ? own : now)[networking] }),
    },
    keepsNetworks,
  };
}
