/** A mount of a service in the Compose spec's long form. */
export interface MountSpec {
  readonly type: 'volume' | 'bind' | 'tmpfs' | 'image' | 'npipe' | 'cluster';
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly bind?: { propagation?: string; createHostPath?: boolean; selinux?: string; recursive?: string };
  readonly volume?: { nocopy?: boolean; subpath?: string; labels?: Readonly<Record<string, string>> };
  readonly tmpfs?: { size?: number; mode?: number };
  readonly image?: { subpath?: string };
  /** As it is written; without effect on Linux. */
  readonly consistency?: string;
}

/** A short volume form that cannot be read. */
export class MountError extends Error {}

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

/** Whether a source is a path of the host and not a volume's name. */
export function isHostPath(source: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$|~)/.test(source);
}

/** Reads `[SOURCE:]TARGET[:OPTIONS]`. Throws MountError. */
export function parseMount(text: string): MountSpec {
  const parts = text.split(':');
  const [first = '', second = '', options = ''] = parts;
  if (parts.length > 3 || first === '' || (parts.length > 1 && second === ''))
    throw new MountError(`invalid volume "${text}": expected [SOURCE:]TARGET[:OPTIONS]`);
  if (parts.length === 1) return { type: 'volume', source: '', target: first, readOnly: false, volume: {} };
  const type = isHostPath(first) ? 'bind' : 'volume';
  let readOnly = false;
  const bind: { propagation?: string; createHostPath: boolean; selinux?: string } = { createHostPath: true };
  const volume: { nocopy?: boolean } = {};
  for (const option of options === '' ? [] : options.split(',')) {
    if (option === 'ro') readOnly = true;
    else if (option === 'nocopy') volume.nocopy = true;
    else if (option === 'z' || option === 'Z') bind.selinux = option;
    else if (PROPAGATIONS.includes(option)) bind.propagation = option;
    else if (!['rw', 'cached', 'delegated', 'consistent', ''].includes(option))
      throw new MountError(`invalid volume "${text}": there is no option "${option}"`);
  }
  return { type, source: first, target: second, readOnly, ...(type === 'bind' ? { bind } : { volume }) };
}
