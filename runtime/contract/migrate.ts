import * as z from 'zod/mini';
import type { ContainerState } from './contract.ts';
import { call, id, nothing, objectName } from './define.ts';

/** An engine that things can be brought over from. */
export interface MigrationSource {
  /** Of the app's list of engines, or the address of a socket that was found on this machine. */
  readonly name: string;
  /** `unix://`, `tcp://` or `ssh://`. */
  readonly address: string;
  /** Whether it is in the app's list. */
  readonly isListed: boolean;
}

/** An image there. */
export interface OfferedImage {
  readonly id: string;
  /** All its names; none for an image without. */
  readonly names: readonly string[];
  readonly size: number;
  /** `same`: it is here with all its names. `taken`: another one here has one of them, and would lose it. */
  readonly here: 'no' | 'same' | 'taken';
}

/** A volume there. */
export interface OfferedVolume {
  readonly name: string;
  /** Made by a container for itself. */
  readonly anonymous: boolean;
  /** null where the engine does not tell. */
  readonly size: number | null;
  /** Whether there is one of that name here: it is left alone. */
  readonly isHere: boolean;
  /** Names of running containers that may write to it while it is copied. */
  readonly writers: readonly string[];
}

/** A container there. */
export interface OfferedContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly state: ContainerState;
  readonly volumes: readonly string[];
  /** Whether there is one of that name here: it is left alone. */
  readonly isHere: boolean;
}

/** What another engine has. */
export interface MigrationOffer {
  readonly engine: string;
  readonly images: readonly OfferedImage[];
  readonly volumes: readonly OfferedVolume[];
  readonly containers: readonly OfferedContainer[];
}

/** What has become of one thing; those that are not told of yet wait. */
export interface MigrationStep {
  readonly kind: 'image' | 'volume' | 'container';
  /** Id of an image or container, name of a volume. */
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly bytes: number;
  /** Why it failed. */
  readonly message: string;
}

/** Longest list that is brought over at once. */
const MOST = 5000;
const source = id;

/** What is to be brought over. */
export const copyRequestSchema = z.object({
  source,
  images: z.array(id).check(z.maxLength(MOST)),
  volumes: z.array(objectName).check(z.maxLength(MOST)),
  /** With `files` what they have written goes along. */
  containers: z.array(z.object({ id: objectName, files: z.boolean() })).check(z.maxLength(MOST)),
});
export type CopyRequest = z.infer<typeof copyRequestSchema>;

/** Channels for bringing over what another engine has. */
export const migrationChannels = {
  /** All engines but the one that is shown, as far as they are listed or answer on this machine. */
  'migrate.sources': call<readonly MigrationSource[]>()(nothing),
  'migrate.look': call<MigrationOffer>()(z.object({ source }), 300_000),
};
