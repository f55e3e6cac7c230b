import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, Platform } from 'electron-builder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePage } from '../../runtime/web/page-build.ts';
import configuration from './electron-builder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
/** Building the page and packing, on a busy machine. In milliseconds. */
const BUILD_TIMEOUT_MS = 180_000;
/** The page, the bundles and the engine; an archive beyond it has something in it that does not belong. */
const MAX_ARCHIVE_BYTES = 8 * 1024 * 1024;

interface AsarNode {
  readonly files?: Readonly<Record<string, AsarNode>>;
  readonly unpacked?: boolean;
}

/** The header of an asar archive: two length-prefixed pickles, the second of which holds the file tree as JSON. */
async function readTree(archive: string): Promise<AsarNode> {
  const file = await open(archive);
  try {
    const lengths = Buffer.alloc(16);
    await file.read(lengths, 0, 16, 0);
    const json = Buffer.alloc(lengths.readUInt32LE(12));
    await file.read(json, 0, json.length, 16);
    return JSON.parse(json.toString()) as AsarNode;
  } finally {
    await file.close();
  }
}

function pathsOf(node: AsarNode, at = ''): { path: string; unpacked: boolean }[] {
  return Object.entries(node.files ?? {}).flatMap(([name, child]) => {
    const path = at === '' ? name : `${at}/${name}`;
    return child.files === undefined ? [{ path, unpacked: child.unpacked === true }] : pathsOf(child, path);
  });
}

describe('the package', () => {
  let directory: string;
  let resources: string;
  let files: { path: string; unpacked: boolean }[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-package-'));
    // Electron's binary is not at hand everywhere, and what goes into the archive does not depend on it.
    const electron = join(directory, 'electron');
    await mkdir(join(electron, 'resources'), { recursive: true });
    await mkdir(join(electron, 'locales'));
    await writeFile(join(electron, 'electron'), '#!/bin/sh\n');
    await chmod(join(electron, 'electron'), 0o755);
    for (const name of ['version', 'LICENSE', 'LICENSES.chromium.html', 'chrome-sandbox']) {
      await writeFile(join(electron, name), name === 'version' ? '45.4.1' : '');
    }
    await ensurePage(root);
    await run(process.execPath, [join(root, 'electron/packaging/bundle.ts')], { cwd: root });
    await run(process.execPath, [join(root, 'runtime/bin/bundle.ts')], { cwd: root });
    await build({
      projectDir: root,
      targets: Platform.LINUX.createTarget('dir'),
      publish: 'never',
      config: {
        ...configuration,
        // Fuses are bits in the real binary.
        electronFuses: null,
        electronDist: electron,
        electronVersion: '45.4.1',
        directories: { ...configuration.directories, output: join(directory, 'out') },
      },
    });
    resources = join(directory, 'out/linux-unpacked/resources');
    files = pathsOf(await readTree(join(resources, 'app.asar')));
  }, BUILD_TIMEOUT_MS);

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  const paths = () => files.map(({ path }) => path);

  it('has the page, the bundles, the engine and its launcher', () => {
    expect(paths()).toEqual(
      expect.arrayContaining([
        'dist/electron/main.mjs',
        'dist/electron/bridge.mjs',
        'dist/electron/match-worker.mjs',
        'dist/electron/preload.cjs',
        'dist/renderer/index.html',
        'dist/runtime/berth.mjs',
        'dist/runtime/main.mjs',
        'dist/runtime/layer-worker.mjs',
        'dist/runtime/checkpoint-worker.mjs',
        'dist/runtime/match-worker.mjs',
        'assets/seccomp-default.json',
        'build/launcher/berth-launcher',
        `node_modules/node-pty/prebuilds/linux-${process.arch}/pty.node`,
        'package.json',
      ]),
    );
  });

  it('has nothing else', async () => {
    const allowed =
      /^(dist\/(electron|renderer|runtime)|assets|node_modules\/(node-pty|yaml))\/|^(build\/launcher\/berth-launcher|package\.json)$/;
    const unwanted = /\.test\.|\.map$|\.d\.[cm]?ts$|\/testing\/|\/(darwin|win32)-|\.c$|tsconfig/;
    expect(paths().filter((path) => !allowed.test(path) || unwanted.test(path))).toEqual([]);
    expect((await stat(join(resources, 'app.asar'))).size).toBeLessThan(MAX_ARCHIVE_BYTES);
  });

  it('has outside the archive what is executed, and its packages', async () => {
    const inside = files.filter(({ path, unpacked }) => !unpacked && !/^dist\/(electron|renderer)\//.test(path));
    expect(inside.map(({ path }) => path)).toEqual([]);
    const launcher = await stat(join(resources, 'app.asar.unpacked/build/launcher/berth-launcher'));
    expect(launcher.mode & 0o111).toBe(0o111);
  });

  it('runs a container with nothing but what is in it', async () => {
    const command = join(resources, 'app.asar.unpacked/dist/runtime/berth.mjs');
    const socket = join(directory, 's');
    const own = ['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'run')];
    const engine = spawn(process.execPath, [command, 'engine', '--host', `unix://${socket}`, ...own]);
    try {
      const [said] = (await once(engine.stdout, 'data')) as [Buffer];
      expect(said.toString()).toContain('API listen on');
      const berth = (...words: string[]) => run(process.execPath, [command, '-H', `unix://${socket}`, ...words]);
      await berth('image', 'from-host');
      const { stdout } = await berth(
        'run',
        '--rm',
        '--network',
        'none',
        'localhost/host-tools',
        'echo',
        'from a package',
      );
      expect(stdout).toBe('from a package\n');
    } finally {
      engine.kill();
      await once(engine, 'exit');
    }
  }, 60_000);
});
