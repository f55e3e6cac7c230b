/** A package that an image has. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly kind: 'deb' | 'apk' | 'npm';
  /** '' where it is not said. */
  readonly architecture: string;
  /** SPDX expression; '' where it is not said. */
  readonly license: string;
  /** Where it was found, without leading slash. */
  readonly path: string;
}

/** What `etc/os-release` says of a distribution. */
export interface Distribution {
  readonly id: string;
  readonly version: string;
}

/** Paths of files that say which packages there are. */
export function isPackageFile(path: string): boolean {
  return (
    path === 'var/lib/dpkg/status' ||
    /^var\/lib\/dpkg\/status\.d\/[^/]+$/.test(path) ||
    path === 'lib/apk/db/installed' ||
    path === 'usr/lib/apk/db/installed' ||
    /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path)
  );
}

/** Packages of a file that `isPackageFile` names; none for what cannot be read. */
export function packagesOf(path: string, text: string): Package[] {
  if (path.endsWith('package.json')) return npmPackage(path, text);
  return path.includes('apk/db') ? apkPackages(path, text) : debPackages(path, text);
}

/** `Name: value` blocks, parted by empty lines. */
function debPackages(path: string, text: string): Package[] {
  return text.split(/\n\n+/).flatMap((block): Package[] => {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]?.trim() ?? '';
    const status = field('Status');
    const name = field('Package');
    if (name === '' || (status !== '' && !status.endsWith(' installed'))) return [];
    return [{ name, version: field('Version'), kind: 'deb', architecture: field('Architecture'), license: '', path }];
  });
}

/** `P:name` blocks of apk's database. */
function apkPackages(path: string, text: string): Package[] {
  return text.split(/\n\n+/).flatMap((block): Package[] => {
    const field = (letter: string): string => new RegExp(`^${letter}:(.*)$`, 'm').exec(block)?.[1]?.trim() ?? '';
    const name = field('P');
    if (name === '') return [];
    return [{ name, version: field('V'), kind: 'apk', architecture: field('A'), license: field('L'), path }];
  });
}

function npmPackage(path: string, text: string): Package[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // A test fixture of some package, say: there is nothing to list.
    return [];
  }
  if (typeof document !== 'object' || document === null) return [];
  const field = (key: string): string => {
    const value = (document as Readonly<Record<string, unknown>>)[key];
    return typeof value === 'string' ? value : '';
  };
  const name = field('name');
  const version = field('version');
  return name === '' || version === ''
    ? []
    : [{ name, version, kind: 'npm', architecture: '', license: field('license'), path }];
}

/** Reads `etc/os-release` (os-release(5)). */
export function distributionOf(text: string): Distribution {
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: field('ID'), version: field('VERSION_ID') };
}
