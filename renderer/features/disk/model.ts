import type { DiskItem, DiskUsage } from '../../../runtime/contract/system.ts';
import { system as texts } from '../../strings/system.ts';
import { formatBytes, shortId } from '../../ui/format.ts';

export const KINDS = ['images', 'containers', 'volumes', 'buildCache'] as const;
type Kind = (typeof KINDS)[number];

/** One thing that takes room, and what it is. */
export type Sized = DiskItem & { readonly kind: Kind };

/** The id of what stands for all layers that several images share. */
const SHARED = '';

/** What of one kind takes room; among the images also what several of them share. */
export function itemsOf(usage: DiskUsage, kind: Kind): Sized[] {
  const items = usage[kind].map((item): Sized => ({ ...item, kind }));
  if (kind !== 'images' || usage.sharedLayersBytes === 0) return items;
  const inUse = items.some((item) => item.inUse);
  return [
    ...items,
    { kind, id: SHARED, name: texts.sharedLayers, size: usage.sharedLayersBytes, inUse, running: false },
  ];
}

/** Address of the screen that shows it, or else of the list of its kind. */
export function pathOf(item: Sized): string {
  switch (item.kind) {
    case 'containers':
      return `/containers/${item.id}/overview`;
    case 'volumes':
      return `/volumes/${encodeURIComponent(item.id)}`;
    case 'images':
      return item.id === SHARED ? '/images' : `/images/${encodeURIComponent(item.id)}`;
    case 'buildCache':
      return '/builds';
  }
}

/** What a person calls it: its name, or the beginning of its id. */
export function nameOf(item: Sized): string {
  if (item.name === '') return shortId(item.id);
  return /^[0-9a-f]{64}$/.test(item.name) ? item.name.slice(0, 12) : item.name;
}

/** All about it in words, for who does not see the colours. */
export function wordsOf(item: Sized): string {
  const used = item.inUse ? texts.inUse : texts.free;
  return texts.tile(texts.kinds[item.kind], nameOf(item), formatBytes(item.size), used);
}
