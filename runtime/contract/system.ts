import * as z from 'zod/mini';
import { call, nothing, objectName, type Nothing } from './define.ts';

/** One thing that takes room. */
export interface DiskItem {
  readonly id: string;
  readonly name: string;
  /** Bytes that are its own. */
  readonly size: number;
  /** Whether anything uses it. */
  readonly inUse: boolean;
  /** Whether a container runs with it. */
  readonly running: boolean;
}

/** What takes how much room, as `docker system df -v` counts it. */
export interface DiskUsage {
  readonly images: readonly DiskItem[];
  /** Bytes of the layers that several images share, and so none of them has for its own. */
  readonly sharedLayersBytes: number;
  readonly containers: readonly DiskItem[];
  readonly volumes: readonly DiskItem[];
  readonly buildCache: readonly DiskItem[];
}

/** What can be cleaned up. */
export const PRUNABLE = ['containers', 'dangling', 'images', 'volumes', 'networks', 'cache'] as const;
export type Prunable = (typeof PRUNABLE)[number];

/** One line of the doctor's report. */
export interface DoctorFinding {
  readonly id: string;
  readonly status: 'ok' | 'warning' | 'problem';
  readonly text: string;
  readonly advice: string;
  readonly repaired: boolean;
}

/** An engine that the app can be pointed at. */
export interface EngineEndpoint {
  /** `local` for the app's own; else the name of a docker context or of one added here. */
  readonly name: string;
  /** `unix://`, `tcp://` or `ssh://`. */
  readonly address: string;
  readonly source: 'own' | 'context' | 'added';
  readonly current: boolean;
}

/** Whether the engine starts when this person logs in. */
export interface Autostart {
  /** Whether the app knows how to have that done. */
  readonly offered: boolean;
  readonly enabled: boolean;
}

/** Programs of the desktop that open a window with a terminal. */
export interface ExternalTerminals {
  /** The one that is taken by itself first. */
  readonly found: readonly string[];
}

const endpointName = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,62}$/));

/** Channels of the engine as a whole, and of the choice of one. */
export const systemChannels = {
  'system.df': call<DiskUsage>()(nothing, 300_000),
  'system.prune': call<{ readonly deleted: number; readonly reclaimedBytes: number }>()(
    z.object({ what: z.enum(PRUNABLE) }),
    300_000,
  ),
  'system.doctor': call<readonly DoctorFinding[]>()(z.object({ deep: z.boolean() }), 600_000),
  'engines.list': call<readonly EngineEndpoint[]>()(nothing),
  /** Points the bridge at another engine once it has answered there. */
  'engines.use': call<{ readonly name: string }>()(z.object({ name: endpointName }), 60_000),
  /** Remembers an engine. */
  'engines.add': call<{ readonly name: string }>()(
    z.object({
      name: endpointName,
      address: z.string().check(z.regex(/^(unix:\/\/\/|tcp:\/\/|ssh:\/\/)\S+$/), z.maxLength(1024)),
      /** Directory with ca.pem, cert.pem and key.pem, for `tcp://` with TLS. */
      certificates: z.optional(z.string().check(z.maxLength(4096))),
    }),
  ),
  /** What the person chose in the app, as the page wrote it; null before that. */
  'settings.read': call<{ readonly text: string | null }>()(nothing),
  'settings.write': call<Nothing>()(z.object({ text: z.string().check(z.maxLength(1024 * 1024)) })),
  'autostart.state': call<Autostart>()(nothing),
  'autostart.set': call<Autostart>()(z.object({ enabled: z.boolean() })),
  'terminals.list': call<ExternalTerminals>()(nothing),
  /** Opens a shell of a container in a window of the desktop that the app's host runs on. */
  'terminals.open': call<Nothing>()(
    z.object({
      id: objectName,
      /** One of the list; empty for the first. */
      terminal: z.string().check(z.maxLength(64)),
      /** How to start another, as words; empty for none. */
      template: z.string().check(z.maxLength(1024)),
    }),
  ),
  'engines.remove': call<{ readonly name: string }>()(z.object({ name: endpointName })),
};
