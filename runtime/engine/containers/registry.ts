import { EngineError } from '../errors.ts';
import type { ContainerHandle } from './handle.ts';
import { linksOf } from './links.ts';

/** All containers of the engine, found by id, unambiguous id prefix, or name. */
export class ContainerRegistry {
  readonly #byId = new Map<string, ContainerHandle>();
  readonly #byName = new Map<string, ContainerHandle>();

  add(handle: ContainerHandle): void {
    this.#byId.set(handle.id, handle);
    this.#byName.set(handle.record.name, handle);
  }

  remove(handle: ContainerHandle): void {
    this.#byId.delete(handle.id);
    this.#byName.delete(handle.record.name);
  }

  renamed(handle: ContainerHandle, oldName: string): void {
    this.#byName.delete(oldName);
    this.#byName.set(handle.record.name, handle);
  }

  nameTaken(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Throws `conflict` in Docker's words when the name is in use. */
  assertNameFree(name: string): void {
    const holder = this.#byName.get(name);
    if (holder === undefined) return;
    throw new EngineError(
      'conflict',
      `Conflict. The container name "/${name}" is already in use by container "${holder.id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  }

  all(): ContainerHandle[] {
    return [...this.#byId.values()];
  }

  /** By the whole id alone. */
  get(id: string): ContainerHandle | undefined {
    return this.#byId.get(id);
  }

  /** By a link, too: `parent/alias`. Throws `not-found`, or `invalid` for a prefix of several ids. */
  find(reference: string): ContainerHandle {
    const exact = this.#byId.get(reference) ?? this.#byName.get(reference.replace(/^\//, ''));
    if (exact !== undefined) return exact;
    if (/^[0-9a-f]+$/.test(reference)) {
      const matches = [...this.#byId.values()].filter((handle) => handle.id.startsWith(reference));
      if (matches.length > 1) {
        throw new EngineError('invalid', `Multiple IDs found with provided prefix: ${reference}`);
      }
      if (matches[0] !== undefined) return matches[0];
    }
    const [, parent, alias] = /^\/?([^/]+)\/([^/]+)$/.exec(reference) ?? [];
    const owner = parent === undefined ? undefined : this.#byName.get(parent);
    const link = owner === undefined ? undefined : linksOf(owner.record, this).find((one) => one.alias === alias);
    const child = link === undefined ? undefined : this.#byId.get(link.child.id);
    if (child !== undefined) return child;
    throw new EngineError('not-found', `No such container: ${reference}`);
  }
}
