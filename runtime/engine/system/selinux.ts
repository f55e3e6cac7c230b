import { closeSync, openSync, readSync, statfsSync, writeSync } from 'node:fs';
import { readOrEmpty } from '../store/files.ts';

/** A security context, as `user:role:type:level`; a policy without levels has no last part. */
export interface SelinuxContext {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level?: string;
}

/** What the policy has for containers. */
export interface ContainerContexts {
  readonly process: SelinuxContext;
  readonly file: SelinuxContext;
}

/** What SELinux is to the containers of this engine. */
export interface SelinuxFacts {
  /** Whether the kernel has a policy: containers that have labels are started with them. */
  readonly isEnabled: boolean;
  /** Of what labels are made for containers; null: they get none. */
  readonly contexts: ContainerContexts | null;
}

/** How this host is looked at. */
export interface SelinuxHost {
  read(path: string): string;
  /** The number of the kind of filesystem that is mounted at a path; 0 for none. */
  filesystem(path: string): number;
  /** What a file of selinuxfs answers to a text; null when it refuses it. */
  ask(path: string, question: string): string | null;
}

const SELINUXFS = '/sys/fs/selinux';
/** SELINUX_MAGIC of linux/magic.h. */
const MAGIC = 0xf97cff8c;

/** SELinux on this host, and whether containers get labels: as `asked` says, or where they can be had when it is null. */
export class Selinux {
  readonly facts: SelinuxFacts;
  /** What a person should know who reads `docker info`. */
  readonly warnings: readonly string[];

  private constructor(host: SelinuxHost, launcherPid: number, asked: boolean | null) {
    const isEnabled = hasPolicy(host);
    if (!isEnabled || asked === false) {
      this.facts = { isEnabled, contexts: null };
      this.warnings = asked === true ? [warning('this host does not run it')] : [];
      return;
    }
    const contexts = policyContexts(host);
    const obstacle =
      contexts === null
        ? 'its policy has no types for them'
        : asked === true
          ? null
          : obstacleTo(host, launcherPid, contexts.process);
    this.facts = { isEnabled, contexts: obstacle === null ? contexts : null };
    this.warnings = obstacle === null ? [] : [warning(obstacle)];
  }

  static find(launcherPid: number, asked: boolean | null, host: SelinuxHost = THIS_HOST): Selinux {
    return new Selinux(host, launcherPid, asked);
  }
}

function warning(why: string): string {
  return `WARNING: SELinux does not confine containers: ${why}`;
}

/** null for what is no context. */
export function parseContext(text: string): SelinuxContext | null {
  const [, user, role, type, level] = /^([^:\s]+):([^:\s]+):([^:\s]+)(?::(\S+))?$/.exec(text) ?? [];
  if (user === undefined || role === undefined || type === undefined) return null;
  return { user, role, type, ...(level === undefined ? {} : { level }) };
}

export function contextText({ user, role, type, level }: SelinuxContext): string {
  return [user, role, type, ...(level === undefined ? [] : [level])].join(':');
}

/** Before its policy is loaded, everything is the kernel's. In a container there is none to be seen. */
function hasPolicy(host: SelinuxHost): boolean {
  if (host.filesystem(SELINUXFS) !== MAGIC) return false;
  return parseContext(labelOf(host, 'self')) !== null;
}

function labelOf(host: SelinuxHost, pid: string): string {
  return host.read(`/proc/${pid}/attr/current`).replace(/\0.*$/s, '').trim();
}

/** Those of `lxc_contexts`, which every engine of containers takes them from, where the kernel knows them. */
function policyContexts(host: SelinuxHost): ContainerContexts | null {
  const [, policy = ''] = /^\s*SELINUXTYPE\s*=\s*(\S+)/m.exec(host.read('/etc/selinux/config')) ?? [];
  if (policy === '' || policy.includes('/')) return null;
  const entries = new Map<string, SelinuxContext>();
  for (const line of host.read(`/etc/selinux/${policy}/contexts/lxc_contexts`).split('\n')) {
    const [, key = '', text = ''] = /^\s*(\w+)\s*=\s*"?([^"\s]+)"?\s*$/.exec(line) ?? [];
    const context = parseContext(text);
    if (context !== null) entries.set(key, context);
  }
  const process = entries.get('process');
  const file = entries.get('file');
  if (process === undefined || file === undefined) return null;
  const isKnown = [process, file].every((one) => host.ask(`${SELINUXFS}/context`, contextText(one)) !== null);
  return isKnown ? { process, file } : null;
}

/** Why the launcher could not start a process in a context: what is enforced does not let it; null when it can. */
function obstacleTo(host: SelinuxHost, launcherPid: number, target: SelinuxContext): string | null {
  if (host.read(`${SELINUXFS}/enforce`).trim() !== '1') return null;
  const own = labelOf(host, String(launcherPid));
  const number = (name: string): number => Number.parseInt(host.read(`${SELINUXFS}/class/process/${name}`), 10);
  const [kind, bit] = [number('index'), number('perms/transition')];
  const answer = host.ask(`${SELINUXFS}/access`, `${own} ${contextText(target)} ${kind}`)?.split(' ') ?? [];
  const [allowed = '0', , , , , flags = '0'] = answer;
  // Of a domain that is permissive by itself nothing is enforced.
  const isFree = (Number.parseInt(flags, 16) & 1) !== 0;
  const mayEnter = ((Number.parseInt(allowed, 16) >>> (bit - 1)) & 1) !== 0;
  if (isFree || mayEnter) return null;
  return `its policy does not let the engine (${parseContext(own)?.type ?? own}) start processes as ${target.type}`;
}

const THIS_HOST: SelinuxHost = {
  read: readOrEmpty,
  filesystem: (path) => {
    try {
      return statfsSync(path).type;
    } catch {
      return 0; // There is none.
    }
  },
  ask: (path, question) => {
    let file: number;
    try {
      file = openSync(path, 'r+');
    } catch {
      return null;
    }
    try {
      writeSync(file, question);
      const answer = Buffer.alloc(4096);
      return answer.toString('utf8', 0, readSync(file, answer, 0, answer.length, 0)).replace(/\0.*$/s, '');
    } catch {
      return null; // What it does not know, it refuses.
    } finally {
      closeSync(file);
    }
  },
};
