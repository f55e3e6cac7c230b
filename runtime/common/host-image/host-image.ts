import { createHash } from 'node:crypto';
import { access, constants, lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { arch } from 'node:process';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { dependenciesOf, libraryDirectories, readIfPossible } from './libraries.ts';
import { ImageTree } from './tree.ts';

/** Name under which the starter image is loaded. */
export const HOST_IMAGE_NAME = 'localhost/host-tools:latest';

/** The starter image, ready for `POST /images/load`. */
export interface HostImage {
  /** A `docker save` archive. */
  readonly archive: Readable;
  /** Programs that were found, by name. */
  readonly programs: readonly string[];
  /** Bytes of the file tree. */
  readonly size: number;
}

/** Programs that are taken when this machine has them; libraries follow by themselves. */
const PROGRAMS = (
  'sh bash dash busybox ls cat cp mv rm mkdir rmdir ln chmod chown touch date sleep echo printf pwd env true false id ' +
  'whoami uname hostname df du head tail wc sort uniq cut tr tee seq basename dirname realpath readlink stat test [ ' +
  'expr dd od md5sum sha256sum base64 yes kill timeout nproc tty stty mktemp sync nohup nice split paste fold comm ' +
  'grep sed awk find xargs tar gzip gunzip zcat ps top free uptime pgrep pkill watch vmstat ip ss ping nc curl wget ' +
  'vi less more diff cmp getent clear tput reset mount umount getopt flock setsid ' +
  'strace file tree jq'
).split(' ');

const PROGRAM_DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
/** Data that the programs above look for: terminal descriptions, the UTF-8 locale, certificates, protocol names. */
const DATA = [
  ...['xterm', 'xterm-256color', 'linux', 'screen', 'screen-256color', 'tmux-256color', 'vt100', 'dumb'].flatMap(
    (name) => ['/lib/terminfo', '/usr/share/terminfo'].map((directory) => `${directory}/${name.charAt(0)}/${name}`),
  ),
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/protocols',
  '/etc/services',
  '/etc/os-release',
];
const DATA_DIRECTORIES = ['/usr/lib/locale/C.utf8', '/usr/lib/locale/C.utf8/LC_MESSAGES'];
/** Loaded at run time by name, so that no ELF header tells of them (only before glibc 2.34). */
const LATE_LIBRARIES = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' };
const EPOCH = new Date(0);

/** Makes the starter image from this machine's own tools. The same files give the same bytes. */
export async function buildHostImage(): Promise<HostImage> {
  const tree = new ImageTree();
  const programs = await collect(tree);
  const digest = createHash('sha256');
  let layerSize = 0;
  for await (const chunk of layerTar(tree) as AsyncIterable<Buffer>) {
    digest.update(chunk);
    layerSize += chunk.length;
  }
  const shell = tree.has('/bin/bash') || tree.has('/usr/bin/bash') ? '/bin/bash' : '/bin/sh';
  const created = new Date(tree.newest * 1000).toISOString();
  const config = Buffer.from(
    JSON.stringify({
      architecture: ARCHITECTURES[arch] ?? arch,
      os: 'linux',
      created,
      config: {
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
        Cmd: [shell],
        Labels: { 'org.opencontainers.image.title': 'Tools of this machine' },
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest.digest('hex')}`] },
      history: [{ created, created_by: 'berth image from-host', comment: 'Tools of this machine' }],
    }),
  );
  const size = tree.entries().reduce((sum, [, entry]) => sum + (entry.type === 'file' ? entry.content.length : 0), 0);
  return { archive: imageTar(tree, config, layerSize), programs, size };
}

async function collect(tree: ImageTree): Promise<string[]> {
  for (const path of ['dev', 'etc', 'home', 'proc', 'run', 'sys', 'usr/bin', 'var/log']) tree.directory(path);
  tree.directory('root', 0o700);
  tree.directory('tmp', 0o1777);
  tree.directory('var/tmp', 0o1777);
  // The usual top-level links (/bin -> usr/bin) must be there even when no path of ours leads through them.
  for (const path of ['/bin', '/sbin', '/lib', '/lib64']) await copyLink(tree, path);
  const directories = await libraryDirectories();
  const found: string[] = [];
  for (const name of PROGRAMS) {
    const path = await findProgram(name);
    if (path === null || !(await tree.copy(path))) continue;
    found.push(name);
    for (const library of await dependenciesOf(path, directories)) await tree.copy(library);
  }
  for (const name of LATE_LIBRARIES) {
    for (const directory of directories) if (await tree.copy(join(directory, name))) break;
  }
  for (const path of DATA) await tree.copy(path);
  for (const directory of DATA_DIRECTORIES) {
    for (const name of await readdir(directory).catch(() => [])) await tree.copy(join(directory, name));
  }
  addShell(tree);
  addAccounts(tree);
  return found;
}

async function copyLink(tree: ImageTree, path: string): Promise<void> {
  const stat = await lstat(path).catch(() => null);
  if (stat?.isSymbolicLink() === true) {
    tree.symlink(path.slice(1), await readlink(path));
  }
}

async function findProgram(name: string): Promise<string | null> {
  for (const directory of PROGRAM_DIRECTORIES) {
    const path = join(directory, name);
    const isUsable = await access(path, constants.R_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isUsable && (await hasInterpreter(path))) return path;
  }
  return null;
}

/** Scripts are taken only when the shell that runs them is in the image too. */
async function hasInterpreter(path: string): Promise<boolean> {
  const bytes = await readIfPossible(path);
  if (bytes === null) return false;
  if (bytes.subarray(0, 2).toString('latin1') !== '#!') return true;
  const line = bytes.subarray(2, 128).toString('latin1').split('\n', 1)[0] ?? '';
  return /^\s*\/(usr\/)?bin\/(sh|bash|dash)(\s|$)/.test(line);
}

/** A machine without a shell of that name gets the one of busybox. */
function addShell(tree: ImageTree): void {
  const has = (name: string): boolean => tree.has(`/bin/${name}`) || tree.has(`/usr/bin/${name}`);
  if (!has('sh') && has('busybox')) tree.symlink(tree.has('/usr/bin/busybox') ? 'usr/bin/sh' : 'bin/sh', 'busybox');
}

function addAccounts(tree: ImageTree): void {
  const shell = tree.has('/usr/bin/bash') || tree.has('/bin/bash') ? '/bin/bash' : '/bin/sh';
  tree.file(
    'etc/passwd',
    `root:x:0:0:root:/root:${shell}\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`,
  );
  tree.file('etc/group', 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n');
  tree.file('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n');
}

/** The layer, in one order and with fixed times. */
function layerTar(tree: ImageTree): Readable {
  const pack = tar.pack();
  const write = async (): Promise<void> => {
    for (const [path, entry] of tree.entries()) {
      if (entry.type === 'directory') {
        await add(pack, { name: `${path}/`, type: 'directory', mode: entry.mode, mtime: EPOCH });
      } else if (entry.type === 'symlink') {
        await add(pack, { name: path, type: 'symlink', linkname: entry.target, mode: 0o777, mtime: EPOCH });
      } else {
        await add(pack, { name: path, mode: entry.mode, mtime: EPOCH }, entry.content);
      }
    }
    pack.finalize();
  };
  write().catch((error: unknown) => {
    pack.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return readable(pack);
}

/** tar-stream has streams of its own; this is one of node's. */
function readable(pack: tar.Pack): Readable {
  const output = new PassThrough();
  pack.pipe(output);
  pack.on('error', (error) => output.destroy(error));
  return output;
}

function add(pack: tar.Pack, header: Partial<tar.Header> & { name: string }, content?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => {
      if (error) reject(error);
      else resolve();
    };
    if (content === undefined) pack.entry(header, done);
    else pack.entry({ ...header, size: content.length }, content, done);
  });
}

function imageTar(tree: ImageTree, config: Buffer, layerSize: number): Readable {
  const pack = tar.pack();
  const name = `${createHash('sha256').update(config).digest('hex')}.json`;
  const manifest = [{ Config: name, RepoTags: [HOST_IMAGE_NAME], Layers: ['layer.tar'] }];
  const write = async (): Promise<void> => {
    await add(pack, { name, mode: 0o644, mtime: EPOCH }, config);
    const layer = pack.entry({ name: 'layer.tar', size: layerSize, mode: 0o644, mtime: EPOCH });
    await pipeline(layerTar(tree), layer as unknown as NodeJS.WritableStream);
    await add(pack, { name: 'manifest.json', mode: 0o644, mtime: EPOCH }, Buffer.from(JSON.stringify(manifest)));
    pack.finalize();
  };
  write().catch((error: unknown) => {
    pack.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return readable(pack);
}
