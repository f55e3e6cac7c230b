import * as z from 'zod/mini';
import { call, KIB, nothing, objectName, stream, type Nothing } from './define.ts';

const timeOfDay = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/));

/** How often; times are those of the machine that the app runs on. */
export const backupRhythmSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hours'), hours: z.int().check(z.gte(1), z.lte(720)) }),
  z.object({ kind: z.literal('daily'), at: timeOfDay }),
  /** `day`: 0 is Sunday. */
  z.object({ kind: z.literal('weekly'), day: z.int().check(z.gte(0), z.lte(6)), at: timeOfDay }),
]);
export type BackupRhythm = z.infer<typeof backupRhythmSchema>;

/** That a volume is backed up again and again. */
export const backupPlanSchema = z.object({
  volume: objectName,
  enabled: z.boolean(),
  /** On the machine that the app runs on. */
  directory: z.string().check(z.regex(/^\/[^\0]*$/), z.maxLength(4096)),
  rhythm: backupRhythmSchema,
  /** Backups of this volume that are kept there, the newest. */
  keep: z.int().check(z.gte(1), z.lte(1000)),
});
export type BackupPlan = z.infer<typeof backupPlanSchema>;

/** A plan, and how it went. Times are milliseconds since the epoch. */
export interface BackupPlanState extends BackupPlan {
  readonly lastAt: number | null;
  /** When it is due; null while it is off. */
  readonly nextAt: number | null;
  /** Why the last one failed; empty when it did not. */
  readonly problem: string;
  readonly running: boolean;
}

/** A backup that is there. */
export interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Which backup goes into which volume. */
export const backupRestoreSchema = z.object({
  volume: objectName,
  file: z.string().check(z.maxLength(512)),
  into: objectName,
});

/** Channels of backups that are made by the clock. */
export const backupChannels = {
  'backups.plans': call<readonly BackupPlanState[]>()(nothing),
  /** Makes a plan, or changes the one of this volume. */
  'backups.plan': call<Nothing>()(backupPlanSchema),
  /** Ends it; backups that were made stay. */
  'backups.forget': call<Nothing>()(z.object({ volume: objectName })),
  /** Backs up at once, in the background. */
  'backups.run': call<Nothing>()(z.object({ volume: objectName })),
  /** The newest first. */
  'backups.files': call<readonly BackupFile[]>()(z.object({ volume: objectName })),
  'backups.follow': stream<
    { readonly kind: 'changed' } | { readonly kind: 'failed'; readonly volume: string; readonly message: string }
  >()(nothing, 64 * KIB),
};
