import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program of the system (or the path of a file) that something needs, and the Debian package that has it. */
export interface SystemNeed {
  readonly program: string;
  readonly package: string;
  /** Completes "without it ...". */
  readonly without: string;
  readonly required: boolean;
}

/** What running containers can use of the system. */
export const ENGINE_NEEDS: readonly SystemNeed[] = [
  {
    program: 'newuidmap',
    package: 'uidmap',
    without: 'an ordinary user gets containers with a single user id',
    required: false,
  },
  { program: 'nft', package: 'nftables', without: 'containers cannot reach outside networks', required: false },
  {
    program: 'pasta',
    package: 'passt',
    without: "an ordinary user's containers cannot reach outside networks",
    required: false,
  },
];

/** What the tests need besides. */
export const TEST_NEEDS: readonly SystemNeed[] = [
  ...ENGINE_NEEDS.map((need) => ({ ...need, required: true })),
  { program: 'gcc', package: 'gcc', without: 'the launcher cannot be built', required: true },
  { program: 'clang', package: 'clang', without: "the launcher's readers cannot be fuzzed", required: true },
  {
    // Of the file that matters, libFuzzer's archive, the path has clang's version in it.
    program: '/usr/share/doc/libclang-rt-dev/copyright',
    package: 'libclang-rt-dev',
    without: "the launcher's readers cannot be fuzzed",
    required: true,
  },
  { program: 'docker', package: 'docker.io', without: 'the docker CLI tests cannot run', required: true },
  { program: 'docker-registry', package: 'docker-registry', without: 'pull and push cannot be tested', required: true },
  { program: 'chromium', package: 'chromium', without: 'the app cannot be tested', required: true },
  {
    program: 'chromium-headless-shell',
    package: 'chromium-headless-shell',
    without: "the app's specs run in the whole browser, which takes longer",
    required: false,
  },
  { program: 'ip', package: 'iproute2', without: 'leaked links cannot be counted', required: true },
  { program: 'busybox', package: 'busybox-static', without: 'test images cannot be made', required: true },
  { program: 'setpriv', package: 'util-linux', without: 'tests cannot become an ordinary user', required: true },
  {
    program: 'docker-compose',
    package: 'docker-compose',
    without: 'Compose 1 cannot be tested as a client',
    required: true,
  },
  {
    program: '/usr/lib/python3/dist-packages/docker/__init__.py',
    package: 'python3-docker',
    without: 'docker-py cannot be tested as a client',
    required: true,
  },
  { program: 'bzip2', package: 'bzip2', without: 'archives compressed by it cannot be tested', required: true },
  { program: 'xz', package: 'xz-utils', without: 'archives compressed by it cannot be tested', required: true },
  { program: 'zstd', package: 'zstd', without: 'archives compressed by it cannot be tested', required: true },
  { program: 'openssl', package: 'openssl', without: 'TLS cannot be tested', required: true },
  { program: 'ssh-agent', package: 'openssh-client', without: 'forwarded agents cannot be tested', required: true },
  {
    program: '/usr/sbin/sshd',
    package: 'openssh-server',
    without: 'engines over SSH cannot be tested',
    required: true,
  },
  { program: 'htpasswd', package: 'apache2-utils', without: 'registry logins cannot be tested', required: true },
];

/**
 * Finds what is missing; as root on Debian it is installed and named, otherwise one line says what to install.
 * Returns false when something required is still missing.
 */
export function ensureSystemPackages(needs: readonly SystemNeed[], print: (line: string) => void): boolean {
  const missing = needs.filter((need) => !isInstalled(need.program));
  if (missing.length === 0) return true;
  const packages = [...new Set(missing.map((need) => need.package))];
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    print(`Installing from Debian: ${packages.join(', ')}`);
    if (aptInstall(packages)) return true;
  }
  const still = missing.filter((need) => !isInstalled(need.program));
  for (const need of still) print(`${need.program} is not installed: without it ${need.without}.`);
  if (still.length > 0)
    print(`To install: apt-get install ${[...new Set(still.map((need) => need.package))].join(' ')}`);
  return !still.some((need) => need.required);
}

function aptInstall(packages: readonly string[]): boolean {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = (): boolean =>
    spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], {
      env: environment,
      stdio: 'ignore',
    }).status === 0;
  // A fresh machine has no package lists yet; one that has them is spared the update.
  if (install()) return true;
  spawnSync('apt-get', ['update', '-q'], { env: environment, stdio: 'ignore' });
  return install();
}

/** Also looks where system programs are that an ordinary user's PATH may leave out. */
function isInstalled(program: string): boolean {
  if (program.startsWith('/')) return existsSync(program);
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
