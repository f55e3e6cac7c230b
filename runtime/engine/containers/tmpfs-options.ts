import { EngineError } from '../errors.ts';
import { checkedDestination, type UserMount } from './user-mount.ts';

/** Options tmpfs takes from `--tmpfs PATH:options`; anything else is refused, as Docker does. */
const TMPFS_OPTION =
  /^(?:ro|rw|noexec|exec|nosuid|suid|nodev|dev|noatime|relatime|strictatime|(?:size|nr_inodes|nr_blocks)=\d+[kmg%]?|mode=[0-7]+|uid=\d+|gid=\d+)$/i;

/** A `--tmpfs` mount with its options as text. Throws `invalid`. */
export function tmpfsMount(destination: string, text: string): UserMount {
  const options = text === '' ? [] : text.split(',');
  assertTmpfsOptions(options);
  return {
    type: 'tmpfs',
    source: '',
    destination: checkedDestination(destination),
    readonly: options.includes('ro'),
    recursive: false,
    propagation: 'rprivate',
    options: options.includes('exec') ? options : [...options, 'noexec'],
    createSource: false,
    mode: '',
  };
}

/** Throws `invalid` at the first option that tmpfs does not take. */
export function assertTmpfsOptions(options: readonly string[]): void {
  for (const option of options) {
    if (!TMPFS_OPTION.test(option)) throw new EngineError('invalid', `invalid tmpfs option ${JSON.stringify(option)}`);
  }
}
