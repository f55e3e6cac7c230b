import { realpathSync, statSync } from 'node:fs';
import { EngineError } from '../errors.ts';
import type { LabelledBind } from '../launcher/storage.ts';
import type { LaunchPlan, MountStep } from '../launcher/types.ts';
import type { PlacedMount } from './placed-mounts.ts';
import { sharedLabel } from './selinux-plan.ts';
import type { UserMount } from './user-mount.ts';

/** Directories of which a machine would not come back if they were given to a container; what is below them may be. */
const NEVER: readonly string[] = [
  '/',
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/etc/passwd',
  '/etc/pki',
  '/etc/shadow',
  '/home',
  '/lib',
  '/lib64',
  '/media',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/srv',
  '/sys',
  '/tmp',
  '/usr',
  '/var',
  '/var/lib',
  '/var/log',
];

export interface RelabellingInput {
  readonly plan: LaunchPlan;
  readonly mounts: readonly UserMount[];
  /** Files that the engine writes for the container. */
  readonly files: readonly string[];
  /** Whether its root is a copy, which no mount option gives a label. */
  readonly isCopy: boolean;
  /** Host path of a volume whose content is the engine's own. */
  readonly volumePath: (name: string) => string;
  /** Directories of the engine, and of the person whose it is. */
  readonly own: readonly string[];
}

/**
 * What of a container has to be given an SELinux label before it starts: volumes, one that all containers share if nothing
 * else is said; binds where `:z` (shared) or `:Z` (its own) asks for it. Nothing for one without labels. Throws `invalid`
 * for a directory that is the system's.
 */
export function relabelling(input: RelabellingInput): LabelledBind[] {
  const { mountLabel } = input.plan.process;
  if (mountLabel === '') return [];
  const shared = sharedLabel(mountLabel);
  const of = new Map(input.mounts.map((mount) => [mount.destination, mount]));
  const binds = input.plan.mounts.flatMap((step): LabelledBind[] => {
    const mount = of.get(step.destination);
    if (mount === undefined || step.type !== 'bind') return [];
    const words = mount.mode.split(',');
    const isOwn = mount.type === 'volume' && isIn(step.source, input.volumePath(mount.source));
    if (!isOwn && !words.includes('z') && !words.includes('Z')) return [];
    const label = words.includes('Z') ? mountLabel : shared;
    return [{ step: isOwn ? step : checked(step, mount.source, input.own), label }];
  });
  return [
    ...input.files.map((source) => ({ step: bindOf(source), label: shared })),
    ...(input.isCopy ? [{ step: bindOf(input.plan.root.upper), label: mountLabel }] : []),
    ...binds,
  ];
}

/** The same of a step of a build, which mounts nothing but what the engine has made for it, some of it for several steps. */
export function stepRelabelling(
  { process, root, mounts }: LaunchPlan,
  files: readonly string[],
  placed: readonly PlacedMount[],
): LabelledBind[] {
  if (process.mountLabel === '') return [];
  const shared = sharedLabel(process.mountLabel);
  const own = new Set(placed.map(({ oci }) => oci.destination));
  return [
    ...files.map((source) => ({ step: bindOf(source), label: shared })),
    ...(root.work === '' ? [{ step: bindOf(root.upper), label: process.mountLabel }] : []),
    ...mounts
      .filter(({ type, destination }) => type === 'bind' && own.has(destination))
      .map((step) => ({ step, label: shared })),
  ];
}

/** What was looked at is what is labelled: from here on no link may be on the way to it. */
function checked(step: MountStep, name: string, own: readonly string[]): MountStep {
  const source = realpathSync(step.source);
  // What holds the engine's own holds everybody's containers.
  if (NEVER.some((place) => isSame(source, place)) || own.some((place) => isIn(place, source) || isSame(source, place)))
    throw new EngineError('invalid', `SELinux relabeling of ${name} is not allowed`);
  return { ...step, source, sourceWithoutLinks: true };
}

/** By another name, too. */
function isSame(path: string, place: string): boolean {
  if (path === place) return true;
  const [one, other] = [statSync(path), statSync(place, { throwIfNoEntry: false })];
  return other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

/** Whether a path is a place or lies below it. */
function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(place === '/' ? '/' : `${place}/`);
}

function bindOf(source: string): MountStep {
  return {
    type: 'bind',
    source,
    destination: source,
    readonly: false,
    nosuid: false,
    nodev: false,
    noexec: false,
    recursive: false,
    propagation: 'rprivate',
    data: '',
  };
}
