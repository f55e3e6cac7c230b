import type { EngineAction } from '../../runtime/common/engine-supervisor.ts';
import type { DoctorFinding } from '../../runtime/contract/system.ts';

/** What can be done with a container from the tray. */
export type TrayAction = 'stop' | 'restart';

/** A container that runs, as the tray shows it. */
export interface RunningContainer {
  readonly id: string;
  readonly name: string;
}

/** What main says to the bridge's process; `port` comes with a port. */
export type ToBridge =
  | { readonly kind: 'port' }
  | { readonly kind: 'act'; readonly action: TrayAction; readonly container: string }
  | { readonly kind: 'done'; readonly id: number; readonly findings: readonly DoctorFinding[] }
  | { readonly kind: 'not-done'; readonly id: number; readonly text: string };

/** What the bridge's process says to main. */
export type FromBridge =
  | { readonly kind: 'running'; readonly containers: readonly RunningContainer[] }
  | { readonly kind: 'control'; readonly id: number; readonly action: EngineAction }
  | { readonly kind: 'examine'; readonly id: number; readonly deep: boolean }
  /** An alert that no page shows. */
  | { readonly kind: 'alert'; readonly title: string; readonly body: string; readonly container: string };
