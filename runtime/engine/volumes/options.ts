import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { EngineError } from '../errors.ts';

/** What a volume of driver `local` is on this host. */
export type VolumeSource =
  /** A directory: the engine's own, or the one that option `o=bind` names. */
  | { readonly kind: 'directory'; readonly path: string }
  /** A filesystem that each container mounts for itself, in its own mount namespace. */
  | {
      readonly kind: 'filesystem';
      readonly type: string;
      readonly device: string;
      /** Options of the filesystem. */
      readonly data: string;
      /** Flags of the mount: ro, nosuid, nodev, noexec. */
      readonly flags: readonly string[];
    };

const KNOWN_OPTIONS: ReadonlySet<string> = new Set(['type', 'o', 'device', 'size']);
const FLAGS: ReadonlySet<string> = new Set(['ro', 'rw', 'nosuid', 'nodev', 'noexec']);
/** Words of mount(8) that name no option of the filesystem. */
const WITHOUT_MEANING: ReadonlySet<string> = new Set([
  'bind',
  'rbind',
  'defaults',
  'exec',
  'suid',
  'dev',
  'rw',
  'auto',
  'noauto',
  '_netdev',
  'nofail',
]);

/** Checks the options of driver `local`, in Docker's words. Throws `invalid`. */
export function assertLocalOptions(options: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(options)) {
    if (!KNOWN_OPTIONS.has(name)) throw new EngineError('invalid', `invalid option: ${JSON.stringify(name)}`);
  }
  if ('size' in options) throw new EngineError('invalid', 'quota size requested but no quota support');
  if (Object.keys(options).length === 0) return;
  for (const name of ['device', 'type']) {
    if ((options[name] ?? '') === '') {
      throw new EngineError('invalid', `missing required option: ${JSON.stringify(name)}`);
    }
  }
}

/** What a volume with these options stands for; `own` is its directory in the data root. */
export function volumeSource(options: Readonly<Record<string, string>>, own: string): VolumeSource {
  const { type = '', device = '', o = '' } = options;
  if (type === '') return { kind: 'directory', path: own };
  const words = o === '' ? [] : o.split(',');
  if (words.includes('bind') || words.includes('rbind')) return { kind: 'directory', path: device };
  return {
    kind: 'filesystem',
    type,
    device,
    data: words.filter((word) => !FLAGS.has(word) && !WITHOUT_MEANING.has(word)).join(','),
    flags: words.filter((word) => FLAGS.has(word)),
  };
}

/** NFS is mounted by address: a name in `addr=` is looked up now, with the host's resolver. Throws `invalid`. */
export async function withAddresses(data: string): Promise<string> {
  const words = await Promise.all(
    data.split(',').map(async (word) => {
      const name = /^addr=(.*)$/.exec(word)?.[1];
      if (name === undefined || isIP(name) !== 0) return word;
      // As Go resolves one: by IPv4, where it has that.
      const { address } = await lookup(name, { order: 'ipv4first' }).catch((error: unknown) => {
        throw new EngineError('invalid', `error resolving passed in network volume address: ${name}`, { cause: error });
      });
      return `addr=${address}`;
    }),
  );
  return words.join(',');
}
