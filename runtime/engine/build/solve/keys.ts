import { createHash } from 'node:crypto';
import type { RunMount } from '../dockerfile/run-mounts.ts';
import type { Operation } from '../plan/vertex.ts';

/** sha256 of parts that cannot run into each other. */
export function keyOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}

/** Named anew when a copy comes to make something else of the same: what was made before is not taken then. */
const COPY_RULES = 'copy 2';

/** Name of the directory of a cache mount. */
export function cacheMountId(mount: RunMount, destination: string): string {
  return mount.id === '' ? destination : mount.id;
}

/**
 * What an operation is, without what it works on. Left out, as in BuildKit: proxies, the id and sharing of cache mounts,
 * secrets' values, limits on resources.
 */
export function definitionOf(operation: Operation, inputKeys: readonly string[]): string {
  if (operation.kind === 'workdir') return keyOf('workdir', operation.path, operation.user);
  if (operation.kind === 'copy') {
    // The stage that it copies from counts by its key; what was fetched has the checksum, and counts by its content.
    const definition = { ...operation, from: null, context: '', checksum: '' };
    return keyOf(COPY_RULES, JSON.stringify(definition), ...inputKeys);
  }
  const { args, environment, directory, user, script, network, isPrivileged, devices, hostname } = operation;
  const mounts = operation.mounts.map(({ mount, destination }) => ({
    type: mount.type,
    destination,
    source: mount.source,
    readonly: mount.readonly,
    size: mount.size,
    env: mount.env,
    ...(mount.type === 'cache' ? {} : { id: mount.id, mode: mount.mode, uid: mount.uid, gid: mount.gid }),
  }));
  // Only what is there, so that steps without are called what they were by engines that did not know of these.
  const further = { ...(devices.length === 0 ? {} : { devices }), ...(hostname === '' ? {} : { hostname }) };
  const definition = { args, environment, directory, user, script, network, isPrivileged, mounts, ...further };
  return keyOf('run', JSON.stringify(definition), ...inputKeys);
}
