import { EngineError, messageOf } from '../errors.ts';
import type { Launcher } from '../launcher/interface.ts';
import type { EventBus } from '../system/events.ts';
import { hostConfigSchema, type HostConfig } from './config.ts';
import type { ContainerHandle } from './handle.ts';
import { checkRestartPolicy } from './host-config-checks.ts';
import type { Isolation } from './isolation.ts';
import type { Planner } from './planner.ts';
import type { ContainerRepository } from './repository.ts';
import { checkResources, type ResourceHost } from './resources.ts';

export interface UpdateParts {
  readonly repository: ContainerRepository;
  readonly planner: Planner;
  readonly launcher: Launcher;
  readonly events: EventBus;
  readonly resourceHost: ResourceHost;
  readonly isolation: Pick<Isolation, 'assertAllowed'>;
}

/** `POST /containers/{id}/update`: limits of a container, also while it runs, and its restart policy. */
export class Updates {
  readonly #parts: UpdateParts;

  constructor(parts: UpdateParts) {
    this.#parts = parts;
  }

  /** Returns warnings. Throws `invalid`, `forbidden` or `conflict`, and `internal` with what the kernel refused; nothing changes then. */
  async update(handle: ContainerHandle, body: unknown): Promise<string[]> {
    const parsed = hostConfigSchema.safeParse(body ?? {});
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new EngineError('invalid', `invalid update: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
    }
    this.#parts.isolation.assertAllowed(parsed.data);
    const { accepted, warnings } = checkResources(
      { ...limitsOf(parsed.data), ...withoutSwapCheck(handle.record.hostConfig, parsed.data) },
      this.#parts.resourceHost,
    );
    const policy = parsed.data.RestartPolicy ?? {};
    checkRestartPolicy(policy);
    // Any number that is none takes the limit away.
    const unlimited = (parsed.data.PidsLimit ?? 1) > 0 ? {} : { PidsLimit: 0 };
    await handle.operations.run(() => this.#apply(handle, { ...limitsOf(accepted), ...unlimited }, policy));
    return warnings;
  }

  async #apply(
    handle: ContainerHandle,
    limits: HostConfig,
    policy: NonNullable<HostConfig['RestartPolicy']>,
  ): Promise<void> {
    const { planner, launcher, repository, events } = this.#parts;
    const { record } = handle;
    const refuse = (kind: 'conflict' | 'internal', reason: string): EngineError =>
      new EngineError(kind, `Cannot update container ${record.id}: ${reason}`);
    if (handle.state.status === 'removing' || handle.state.status === 'dead') {
      throw refuse('conflict', 'container is marked for removal and cannot be "update"');
    }
    const hasPolicy = (policy.Name ?? '') !== '';
    if (hasPolicy && policy.Name !== 'no' && record.hostConfig.AutoRemove === true) {
      throw refuse('conflict', 'Restart policy cannot be updated because AutoRemove is enabled for the container');
    }
    let merged: HostConfig;
    try {
      merged = mergeLimits(record.hostConfig, limits);
    } catch (error) {
      throw error instanceof EngineError ? refuse('conflict', error.message) : error;
    }
    const hostConfig = hasPolicy ? { ...merged, RestartPolicy: policy } : merged;
    const updated = { ...record, hostConfig };
    if (handle.running && Object.keys(limits).length > 0) {
      try {
        await launcher.updateCgroups(planner.cgroupUpdate(updated));
      } catch (error) {
        // Back to what was: the kernel has refused one value, and those before it are in force.
        await launcher.updateCgroups(planner.cgroupUpdate(record)).catch(() => undefined);
        throw refuse('internal', messageOf(error));
      }
    }
    handle.record = updated;
    repository.setHostConfig(record.id, hostConfig);
    // The next start, and execs from now on, go by the new limits.
    handle.plan = null;
    events.publish('container', 'update', record.id, {
      ...record.config.Labels,
      image: record.imageName,
      name: record.name,
    });
  }
}

const LIMITS = [
  'BlkioWeight',
  'CpuShares',
  'NanoCpus',
  'CpuPeriod',
  'CpuQuota',
  'CpuRealtimePeriod',
  'CpuRealtimeRuntime',
  'CpusetCpus',
  'CpusetMems',
  'Memory',
  'MemorySwap',
  'MemoryReservation',
  'PidsLimit',
] as const satisfies readonly (keyof HostConfig)[];

/** The limits that an update names: clients send zeroes for those it does not. */
function limitsOf(body: HostConfig): HostConfig {
  const named = LIMITS.filter((name) => {
    const value = body[name] ?? null;
    return value !== null && value !== '' && (value !== 0 || name === 'PidsLimit');
  });
  return Object.fromEntries(named.map((name) => [name, body[name]]));
}

/** An update may raise swap alone: the memory limit it belongs to is there already. */
function withoutSwapCheck(current: HostConfig, body: HostConfig): HostConfig {
  const alone = (body.Memory ?? 0) === 0 && (body.MemorySwap ?? 0) > 0;
  return alone ? { Memory: current.Memory } : {};
}

/** Docker's rules for changing limits that depend on each other. Throws `conflict`. */
export function mergeLimits(current: HostConfig, limits: HostConfig): HostConfig {
  const conflict = (message: string): EngineError => new EngineError('conflict', message);
  const has = (value: number | null | undefined): boolean => (value ?? 0) !== 0;
  if (has(limits.NanoCpus) && (has(current.CpuPeriod) || has(current.CpuQuota)))
    throw conflict('Conflicting options: Nano CPUs cannot be updated as CPU Period/Quota has already been set');
  if ((has(limits.CpuPeriod) || has(limits.CpuQuota)) && has(current.NanoCpus))
    throw conflict('Conflicting options: CPU Period/Quota cannot be updated as NanoCPUs has already been set');
  const memory = limits.Memory ?? 0;
  const swapNow = has(current.MemorySwap) ? (current.MemorySwap ?? 0) : (current.Memory ?? 0) * 2;
  if (memory > 0 && !has(limits.MemorySwap) && memory > swapNow && swapNow !== -1)
    throw conflict(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
  const limit = memory > 0 ? memory : (current.Memory ?? 0);
  const swap = limits.MemorySwap ?? 0;
  if (swap > 0 && limit === 0)
    throw conflict('You should always set the Memory limit when using Memoryswap limit, see usage');
  // Twice the first limit stays the bound of memory and swap, as it was set at create.
  const fixed = memory > 0 && !has(limits.MemorySwap) && swapNow !== 0 ? { MemorySwap: swapNow } : {};
  return { ...current, ...fixed, ...limits };
}
