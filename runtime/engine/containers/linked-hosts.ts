import { writeFileSync } from 'node:fs';
import { readIfThere } from '../store/files.ts';
import { containerPaths } from './container-files.ts';
import { linksOf, type LinkedContainers } from './links.ts';
import type { ContainerRecord } from './types.ts';

/** What is to be told of containers, and of those that may be linked to one. */
export interface Linked extends LinkedContainers {
  all(): readonly { readonly record: ContainerRecord; readonly running: boolean }[];
}

/**
 * Writes the address that a container has now on the default bridge into the /etc/hosts of those that run and are linked to
 * it: it may have come back with another. In place, for the file is mounted there.
 */
export function tellLinked(dataRoot: string, containers: Linked, child: ContainerRecord, bridgeId: string): void {
  const address = child.state.endpoints.find(({ networkId }) => networkId === bridgeId)?.address ?? '';
  if (address === '') return;
  for (const { record: parent, running } of containers.all()) {
    if (!running || parent.id === child.id || (parent.hostConfig.Links ?? []).length === 0) continue;
    const links = linksOf(parent, containers).filter((link) => link.child.id === child.id);
    if (links.length === 0) continue;
    const { hosts } = containerPaths(dataRoot, parent.id);
    const text = readIfThere(hosts);
    const told = links.reduce((sum, { alias }) => withAddress(sum, alias, address), text);
    if (told !== text) writeFileSync(hosts, told);
  }
}

/** A text like /etc/hosts with that address in the lines whose first name is this. What else is in it stays. */
export function withAddress(text: string, name: string, address: string): string {
  return text
    .split('\n')
    .map((line) => {
      const [former = '', first] = line.split(/\s+/);
      return first === name && !former.startsWith('#') ? `${address}${line.slice(former.length)}` : line;
    })
    .join('\n');
}
