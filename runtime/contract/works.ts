import * as z from 'zod/mini';
import { backupRestoreSchema } from './backups.ts';
import { startedBuildSchema } from './builds.ts';
import { composeRequestSchema, type ComposeStep } from './compose.ts';
import type { TransferProgress } from './contract.ts';
import { call, id, KIB, nothing, objectName, stream, text, type Nothing } from './define.ts';
import { copyRequestSchema, type MigrationStep } from './migrate.ts';
import { RESET_PARTS, type ResetStep } from './reset.ts';
import type { ByteProgress } from './volumes.ts';

const bytes = z.number().check(z.nonnegative());
const count = z.int().check(z.nonnegative());

/**
 * Long work that belongs to the app and not to the page that asked for it. With what has to be done goes what a page
 * must know to show it, as another one may come to do that.
 */
export const workRequestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pull'), reference: id }),
  z.object({ kind: z.literal('push'), reference: id }),
  /** Makes `localhost/host-tools` from the shell and tools of the machine the bridge runs on. */
  z.object({ kind: z.literal('starter') }),
  z.object({ kind: z.literal('compose'), ...composeRequestSchema.shape }),
  /** Follows a build that was started. */
  z.object({ kind: z.literal('build'), ...startedBuildSchema.shape }),
  /** Copies the files of a volume into a new one. */
  z.object({ kind: z.literal('clone'), from: objectName, to: objectName }),
  /** Fills a volume from one of the backups of `volume`; it is made if there is none. */
  z.object({ kind: z.literal('backup-restore'), ...backupRestoreSchema.shape, bytes }),
  /** Copies to the engine that is shown, one thing after the other. What fails is told of, and does not end the rest. */
  z.object({
    kind: z.literal('bring'),
    ...copyRequestSchema.shape,
    /** What each is called and how large it is. */
    known: z.array(z.object({ key: id, name: text, size: bytes })).check(z.maxLength(20_000)),
  }),
  /** Takes away all that the engine has. What does not go is told of, and does not keep the rest. */
  z.object({
    kind: z.literal('reset'),
    settings: z.boolean(),
    /** Whether the page forgets its own settings after it. */
    appSettings: z.boolean(),
    counts: z.record(z.enum(RESET_PARTS), count),
    bytes,
  }),
]);
export type WorkRequest = z.infer<typeof workRequestSchema>;
export type WorkKind = WorkRequest['kind'];
export type WorkRequestOf<K extends WorkKind> = Extract<WorkRequest, { kind: K }>;

/** What work of each kind tells on its way. */
export interface WorkItems {
  readonly pull: TransferProgress;
  readonly push: TransferProgress;
  readonly starter: { readonly reference: string };
  readonly compose: ComposeStep;
  /** How far it is the list of builds tells. */
  readonly build: never;
  readonly clone: ByteProgress;
  readonly 'backup-restore': ByteProgress;
  readonly bring: MigrationStep;
  readonly reset: ResetStep;
}
export type WorkItem = WorkItems[WorkKind];

/** Work that goes on, or has ended and no page has heard of it yet. */
export interface Work {
  readonly id: string;
  readonly request: WorkRequest;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The page that asked for it. */
  readonly starter: string;
  /** Whether a page watches it. */
  readonly watched: boolean;
}

/** Channels of long work. */
export const workChannels = {
  /** The page chooses the id; `page` is what it calls itself. */
  'works.start': call<Nothing>()(z.object({ id: z.uuid(), page: z.uuid(), request: workRequestSchema })),
  /** Ends it; one that has ended is as good. */
  'works.cancel': call<Nothing>()(z.object({ id: z.uuid() })),
  /** The page knows how it ended: no other needs to be told. */
  'works.heard': call<Nothing>()(z.object({ id: z.uuid() })),
  /** All work there is, then what begins. */
  'works.follow': stream<
    { readonly kind: 'all'; readonly works: readonly Work[] } | { readonly kind: 'begun'; readonly work: Work }
  >()(nothing, 256 * KIB),
  /** What it has told so far, as far as that still counts, and then tells. Ends as the work does. */
  'works.join': stream<WorkItem>()(z.object({ id: z.uuid() }), 64 * KIB),
};
