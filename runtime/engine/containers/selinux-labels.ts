import { randomInt } from 'node:crypto';
import type { SelinuxFacts } from '../system/selinux.ts';
import type { HostConfig } from './config.ts';
import type { ContainerHandle } from './handle.ts';
import type { ContainerRegistry } from './registry.ts';
import { containerLabels, freeLevel, labelOptions, levelOf, NO_LABELS, type ContainerLabels } from './selinux-plan.ts';
import type { ContainerRecord } from './types.ts';

export interface SelinuxLabelsParts {
  readonly facts: SelinuxFacts;
  readonly registry: Pick<ContainerRegistry, 'all' | 'find'>;
  /** Of containers that can come back. */
  readonly removed: () => readonly ContainerRecord[];
  /** Keeps the labels of a container in its record. */
  readonly keep: (id: string, labels: ContainerLabels) => void;
  /** A number below its argument; absent: any. */
  readonly random?: (below: number) => number;
}

/** Labels of something that is not among the containers, or not yet; `release` frees its level. */
export interface HeldLabels {
  readonly labels: ContainerLabels | undefined;
  release(): void;
}

/** Gives containers their SELinux labels, each a level of its own. */
export class SelinuxLabels {
  readonly #parts: SelinuxLabelsParts;
  readonly #held = new Set<string>();

  constructor(parts: SelinuxLabelsParts) {
    this.#parts = parts;
  }

  /** The labels of a container or a step of a build that is about to be; none where there are none. Throws `invalid`. */
  hold(hostConfig: HostConfig): HeldLabels {
    const labels = this.#make(hostConfig);
    const level = labels === undefined ? '' : levelOf(labels.process);
    const isNew = level !== '' && !this.#held.has(level);
    if (isNew) this.#held.add(level);
    return {
      labels,
      release: () => {
        if (isNew) this.#held.delete(level);
      },
    };
  }

  /** One that was made before there were labels gets some before it is started. Throws `invalid`. */
  ensure(handle: ContainerHandle): void {
    const { record } = handle;
    if (record.labels !== undefined) return;
    const labels = this.#make(record.hostConfig);
    if (labels === undefined) return;
    this.#parts.keep(record.id, labels);
    handle.record = { ...record, labels };
    handle.plan = null;
  }

  /** What a container is started with, and its commands run with: nothing on a host without SELinux. */
  of({ labels }: Pick<ContainerRecord, 'labels'>): ContainerLabels {
    return this.#parts.facts.isEnabled && labels !== undefined ? labels : NO_LABELS;
  }

  #make(hostConfig: HostConfig): ContainerLabels | undefined {
    const { contexts } = this.#parts.facts;
    if (contexts === null) return undefined;
    const options = labelOptions(
      hostConfig,
      (reference) => this.of(this.#parts.registry.find(reference).record).process,
    );
    const random = this.#parts.random ?? ((below: number) => randomInt(below));
    return containerLabels(options, contexts, () => freeLevel(this.#taken(), random));
  }

  #taken(): ReadonlySet<string> {
    const records = [...this.#parts.registry.all().map(({ record }) => record), ...this.#parts.removed()];
    const levels = records.flatMap(({ labels }) => (labels === undefined ? [] : [levelOf(labels.process)]));
    return new Set([...levels, ...this.#held]);
  }
}
