import { arch } from 'node:process';
import { EngineError } from '../errors.ts';

/** An OCI platform (image-spec image-index.md), the parts the engine chooses by. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
  /** Of Windows, whose images are for one each: `10.0.17763.1`. */
  readonly osVersion?: string;
}

const ARCHITECTURES: Readonly<Record<string, readonly [architecture: string, variant: string]>> = {
  x86_64: ['amd64', ''],
  'x86-64': ['amd64', ''],
  x64: ['amd64', ''],
  ia32: ['386', ''],
  i386: ['386', ''],
  i686: ['386', ''],
  aarch64: ['arm64', ''],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/** Go's names, of which one alone is known for what it is. */
const SYSTEMS: ReadonlySet<string> = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos'.split(
    ' ',
  ),
);
const KNOWN_ARCHITECTURES: ReadonlySet<string> = new Set(
  `386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le
  riscv riscv64 s390 s390x sparc sparc64 wasm`.split(/\s+/),
);

/** Go's names and the default variants: arm is v7, arm64 is v8 and amd64 v1, which is left out. */
export function normalizePlatform(platform: Platform): Platform {
  const alias = ARCHITECTURES[platform.architecture.toLowerCase()];
  const architecture = alias?.[0] ?? platform.architecture.toLowerCase();
  let variant = platform.variant === '' ? (alias?.[1] ?? '') : platform.variant.toLowerCase();
  if (architecture === 'arm' && variant === '') variant = 'v7';
  if (architecture === 'arm' && /^[5-8]$/.test(variant)) variant = `v${variant}`;
  if (architecture === 'arm64' && (variant === 'v8' || variant === '8')) variant = '';
  if (architecture === 'amd64' && variant === 'v1') variant = '';
  const os = platform.os.toLowerCase();
  const version = platform.osVersion ?? '';
  return {
    os: os === 'macos' ? 'darwin' : os,
    architecture,
    variant,
    ...(version === '' ? {} : { osVersion: version }),
  };
}

/** The platform of this machine. */
export function hostPlatform(): Platform {
  return normalizePlatform({ os: 'linux', architecture: arch, variant: '' });
}

/** Parses `os[(version)][/arch[/variant]]`, or `arch` alone, as the `platform` parameter has it. */
export function parsePlatform(text: string): Platform {
  const [, system = '', version = '', rest = ''] = /^([^/(]*)\(([\w.-]*)\)(\/.*|$)/s.exec(text) ?? [];
  if (version !== '') return { ...parsePlatform(`${system}${rest}`), osVersion: version };
  const parts = text.split('/');
  const wrong = parts.findIndex((part) => !/^[A-Za-z0-9_.-]+$/.test(part));
  if (wrong >= 0 || parts.length > 3) {
    const rule =
      wrong === 0
        ? `OSAndVersion specifier component must match "^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)\\))?$"`
        : 'platform specifier component must match "^[A-Za-z0-9_.-]+$"';
    const what = wrong === 0 ? 'an invalid OS component' : 'an invalid component';
    const [part, whole] = [parts[Math.max(wrong, 0)] ?? '', text.slice(0, 100)].map((word) => JSON.stringify(word));
    throw new EngineError(
      'invalid',
      wrong >= 0
        ? `${part} is ${what} of ${whole}: ${rule}: invalid argument`
        : `${whole}: cannot parse platform specifier: invalid argument`,
    );
  }
  const [first = '', second, third = ''] = parts;
  if (second === undefined) {
    const alone = normalizePlatform({ os: 'linux', architecture: first, variant: '' });
    const system = normalizePlatform({ os: first, architecture: '', variant: '' }).os;
    if (SYSTEMS.has(system)) return { ...hostPlatform(), os: system };
    if (KNOWN_ARCHITECTURES.has(alone.architecture)) return alone;
    throw new EngineError(
      'invalid',
      `${JSON.stringify(first)}: unknown operating system or architecture: invalid argument`,
    );
  }
  return normalizePlatform({ os: first, architecture: second, variant: third });
}

/** `windows(10.0.17763.1)/amd64` */
export function fullPlatform(platform: Platform): string {
  const version = platform.osVersion ?? '';
  return formatPlatform(version === '' ? platform : { ...platform, os: `${platform.os}(${version})` });
}

/** `linux/arm/v7` */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter((part) => part !== '').join('/');
}

/** Variants that run on a host of the wanted one, best first: an ARM core runs code for older cores. */
function acceptable(wanted: Platform): Platform[] {
  const list = [wanted];
  const version = /^v([5-8])$/.exec(wanted.variant)?.[1];
  if (wanted.architecture === 'arm' && version !== undefined) {
    for (let older = Number(version) - 1; older >= 5; older -= 1) list.push({ ...wanted, variant: `v${older}` });
  }
  const level = /^v([2-4])$/.exec(wanted.variant)?.[1];
  if (wanted.architecture === 'amd64' && level !== undefined) {
    for (let older = Number(level) - 1; older >= 2; older -= 1) list.push({ ...wanted, variant: `v${older}` });
    list.push({ ...wanted, variant: '' });
  }
  return list;
}

/** `10.0.17763` of the version of a Windows. */
function buildOf({ osVersion = '' }: Platform): string {
  return osVersion.split('.').slice(0, 3).join('.');
}

/** The best of several offers for `wanted`, or undefined. */
export function choosePlatform<T extends { readonly platform: Platform }>(
  offers: readonly T[],
  wanted: Platform,
): T | undefined {
  const { osVersion = '' } = wanted;
  if (osVersion !== '') {
    // What is for another build of Windows does not run; of one build the version that is asked for comes first.
    const possible = offers.filter(({ platform }) => buildOf(platform) === '' || buildOf(platform) === buildOf(wanted));
    const same = possible.filter(({ platform }) => platform.osVersion === osVersion);
    const { os, architecture, variant } = wanted;
    return choosePlatform([...same, ...possible], { os, architecture, variant });
  }
  for (const accepted of acceptable(wanted)) {
    const found = offers.find(({ platform }) => {
      const offer = normalizePlatform(platform);
      return (
        offer.os === accepted.os && offer.architecture === accepted.architecture && offer.variant === accepted.variant
      );
    });
    if (found !== undefined) return found;
  }
  return undefined;
}
