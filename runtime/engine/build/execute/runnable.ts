import { existsSync } from 'node:fs';
import { EngineError } from '../../errors.ts';
import {
  choosePlatform,
  formatPlatform,
  hostPlatform,
  normalizePlatform,
  type Platform,
} from '../../images/platform.ts';

/** What qemu calls the architectures that are called otherwise by the OCI. */
const QEMU_NAMES: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  arm64: 'aarch64',
  '386': 'i386',
  mips64le: 'mips64el',
  mipsle: 'mipsel',
  loong64: 'loongarch64',
};
/** Where the kernel tells which programs it gives to an interpreter (binfmt_misc). */
const INTERPRETERS = '/proc/sys/fs/binfmt_misc';

/** Throws `invalid` where programs for a platform cannot be run: on another machine, without an emulator. */
export function checkRunnable(platform: Platform): void {
  const wanted = normalizePlatform(platform);
  const host = hostPlatform();
  if (choosePlatform([{ platform: wanted }], host) !== undefined) return;
  const name = QEMU_NAMES[wanted.architecture] ?? wanted.architecture;
  if (wanted.os === 'linux' && existsSync(`${INTERPRETERS}/qemu-${name}`)) return;
  throw new EngineError(
    'invalid',
    `this machine (${formatPlatform(host)}) cannot run programs for ${formatPlatform(wanted)}: RUN needs an emulator that is registered with binfmt_misc, as qemu-user-static does`,
  );
}
