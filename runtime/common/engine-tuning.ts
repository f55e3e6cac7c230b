/** Flags for the Node that runs an engine: young generations have at most 4 MiB. */
export const ENGINE_NODE_FLAGS: readonly string[] = [
  '--max-semi-space-size=4',
  '--disable-warning=ExperimentalWarning',
];

/**
 * The environment of an engine's process. Its allocator gives memory back: buffers of 512 KiB and more when they are
 * freed, and the free end of a heap beyond 2 MiB (by default glibc learns from the first buffers to keep up to 32 MiB,
 * mallopt(3)). The 256 KiB pieces of a layer stay below both, so that a pull is not slowed down by a page fault for
 * every 4 KiB. 16 threads do file operations unless somebody asked for another number, for with libuv's four, as many
 * layers that wait for a slow disk (a pull unpacks three at a time) would keep every removal and log waiting, too.
 *
 * `runtime/bin/berth.mjs`, which every Node can read, sets the same for whoever starts an engine by hand, and makes the
 * process anew for it; who starts one with these spares it that.
 */
export function engineEnvironment<Variables extends NodeJS.ProcessEnv>(environment: Variables) {
  return {
    UV_THREADPOOL_SIZE: '16',
    ...environment,
    MALLOC_MMAP_THRESHOLD_: '524288',
    MALLOC_TRIM_THRESHOLD_: '2097152',
  };
}
