import type { MigrationOffer, MigrationStep, OfferedContainer } from '../../../runtime/contract/migrate.ts';

/** Something that can be brought over, by its kind and id. */
export type Key = `${MigrationStep['kind']} ${string}`;

export const keyOf = ({ kind, id }: Pick<MigrationStep, 'kind' | 'id'>): Key => `${kind} ${id}`;

/** All of one kind that is not here yet. */
export function choosable(offer: MigrationOffer, kind: MigrationStep['kind']): Key[] {
  if (kind === 'image') return offer.images.filter(({ here }) => here !== 'same').map(({ id }) => keyOf({ kind, id }));
  if (kind === 'volume')
    return offer.volumes.filter(({ isHere }) => !isHere).map(({ name }) => keyOf({ kind, id: name }));
  return offer.containers.filter(({ isHere }) => !isHere).map(({ id }) => keyOf({ kind, id }));
}

/** What a container needs and is not here: without its volumes it would begin with empty ones. */
function needsOf({ imageId, volumes }: OfferedContainer, offer: MigrationOffer): Key[] {
  const needed = [keyOf({ kind: 'image', id: imageId }), ...volumes.map((name) => keyOf({ kind: 'volume', id: name }))];
  const there = new Set([...choosable(offer, 'image'), ...choosable(offer, 'volume')]);
  return needed.filter((key) => there.has(key));
}

/** The choice with some more, or without them. With a container comes what it needs. */
export function chosenWith(
  choice: ReadonlySet<Key>,
  keys: readonly Key[],
  isChosen: boolean,
  offer: MigrationOffer,
): ReadonlySet<Key> {
  const next = new Set(choice);
  for (const key of keys) {
    if (!isChosen) next.delete(key);
    else next.add(key);
  }
  if (isChosen)
    for (const container of offer.containers)
      if (keys.includes(keyOf({ kind: 'container', id: container.id })))
        for (const need of needsOf(container, offer)) next.add(need);
  return next;
}

/** Bytes of what is chosen, as far as they are known: containers have none of their own. */
export function bytesOf(choice: ReadonlySet<Key>, offer: MigrationOffer): number {
  const images = offer.images.filter(({ id }) => choice.has(keyOf({ kind: 'image', id })));
  const volumes = offer.volumes.filter(({ name }) => choice.has(keyOf({ kind: 'volume', id: name })));
  return [...images, ...volumes].reduce((sum, { size }) => sum + (size ?? 0), 0);
}
