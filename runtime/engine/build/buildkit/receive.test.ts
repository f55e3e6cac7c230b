import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GrpcCall } from '../../../common/grpc/client.ts';
import type { Draft } from '../../../common/grpc/message.ts';
import { FileTree } from '../tree/file-tree.ts';
import { goMode, kindOfMode, permissionsOfMode } from '../../../common/buildkit/go-mode.ts';
import { KeptFiles, keptFilesDirectory } from './kept-files.ts';
import { packetMessage, PacketType, statMessage, type Packet } from '../../../common/buildkit/session-messages.ts';
import { FileReceiver } from './receive.ts';

interface Sent {
  readonly path: string;
  readonly mode?: number;
  readonly content?: string;
  readonly linkname?: string;
  readonly time?: bigint;
}

/** The sending side as clients have it: answers of several files at a time, in pieces. */
function sender(files: readonly Sent[], asked: string[]): GrpcCall<Packet, Packet> {
  const queue: Draft<Packet>[] = files.map(({ path, mode = 0o644, content = '', linkname = '', time = 1n }) => ({
    type: PacketType.stat,
    stat: statMessage.decode(statMessage.encode({ path, mode, linkname, size: BigInt(content.length), modTime: time })),
  }));
  queue.push({ type: PacketType.stat });
  let wake = (): void => undefined;
  let isEnded = false;
  return {
    cancel: () => undefined,
    end: () => {
      isEnded = true;
      wake();
    },
    send: (packet) => {
      if (packet.type === PacketType.request) {
        const file = files[packet.id ?? 0];
        asked.push(file?.path ?? '');
        const content = file?.content ?? '';
        const half = Math.ceil(content.length / 2);
        for (const part of [content.slice(0, half), content.slice(half)])
          if (part !== '') queue.push({ type: PacketType.data, id: packet.id ?? 0, data: Buffer.from(part) });
        queue.push({ type: PacketType.data, id: packet.id ?? 0 });
      }
      wake();
      return Promise.resolve();
    },
    async *responses() {
      for (;;) {
        const packet = queue.shift();
        if (packet !== undefined) yield packetMessage.decode(packetMessage.encode(packet));
        else if (isEnded) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
}

let root: string;
let kept: KeptFiles;

beforeEach(() => {
  root = mkdtempSync(`${tmpdir()}/berth-kept-`);
  mkdirSync(keptFilesDirectory(root), { recursive: true });
  kept = new KeptFiles(root);
});

afterEach(async () => {
  await kept.clear();
  expect(readdirSync(keptFilesDirectory(root))).toEqual([]);
  rmSync(root, { recursive: true });
});

async function receive(key: string, files: readonly Sent[]): Promise<{ tree: FileTree; asked: string[] }> {
  const asked: string[] = [];
  const tree = await kept.receive(key, async (target) => {
    const entries = await new FileReceiver(sender(files, asked), target, () => undefined).receive();
    return FileTree.ofEntries(entries.values(), await target.finish(entries));
  });
  return { tree, asked };
}

async function contentOf(tree: FileTree, path: string): Promise<string | undefined> {
  const entry = tree.get(path);
  return entry === undefined ? undefined : (await tree.bytes(entry)).toString();
}

const DIRECTORY = goMode('directory', 0o755);
const FILES: readonly Sent[] = [
  { path: 'a', content: 'alpha' },
  { path: 'd', mode: DIRECTORY },
  { path: 'd/b', content: 'beta', mode: goMode('file', 0o4755) },
  { path: 'd/hard', content: 'beta', linkname: 'd/b' },
  { path: 'd/soft', mode: goMode('symlink', 0o777), linkname: 'b' },
  { path: 'socket', mode: 0x0100_01ff },
];

it('receives files of all kinds', async () => {
  const { tree, asked } = await receive('key', FILES);
  expect(asked).toEqual(['a', 'd/b']);
  expect([...tree.walk('')].map(({ path, type }) => `${path} ${type}`)).toEqual([
    ' directory',
    'a file',
    'd directory',
    'd/b file',
    'd/hard file',
    'd/soft symlink',
  ]);
  expect(tree.get('d/b')?.mode).toBe(0o4755);
  expect(await contentOf(tree, 'd/b')).toBe('beta');
  expect(tree.resolve('d/soft')).toBe('d/b');
  await tree.dispose();
});

it('asks the next time only for what has changed, and reads the rest from what it has', async () => {
  const first = await receive('key', FILES);
  await first.tree.dispose();
  const changed = FILES.map((file) => (file.path === 'a' ? { ...file, content: 'ALPHA', time: 2n } : file));
  const { tree, asked } = await receive('key', changed);
  expect(asked).toEqual(['a']);
  expect(await contentOf(tree, 'a')).toBe('ALPHA');
  expect(await contentOf(tree, 'd/b')).toBe('beta');
  const other = await receive('another key', FILES);
  expect(other.asked).toEqual(['a', 'd/b']);
  await tree.dispose();
  await other.tree.dispose();
});

it('keeps what is being read when it is let go of meanwhile', async () => {
  const { tree } = await receive('key', FILES);
  expect(await kept.clear()).toBeGreaterThan(0);
  expect(await contentOf(tree, 'a')).toBe('alpha');
  await tree.dispose();
  const again = await receive('key', FILES);
  expect(again.asked).toEqual(['a', 'd/b']);
  await again.tree.dispose();
});

it('receives large files alone, and their whole content', async () => {
  const large = 'x'.repeat(5 * 1024 * 1024);
  const { tree } = await receive('', [
    { path: 'large', content: large },
    { path: 'small', content: 's' },
    { path: 'z-large', content: large },
  ]);
  expect(await contentOf(tree, 'small')).toBe('s');
  expect((await contentOf(tree, 'z-large'))?.length).toBe(large.length);
  await tree.dispose();
});

it('fails of what the sender fails of, and of names that climb out', async () => {
  const call = sender([], []);
  const failing: GrpcCall<Packet, Packet> = {
    ...call,
    async *responses() {
      await Promise.resolve();
      yield packetMessage.decode(packetMessage.encode({ type: PacketType.error, data: Buffer.from('gone') }));
    },
  };
  const failed = kept.receive('', (target) => new FileReceiver(failing, target, () => undefined).receive());
  await expect(failed).rejects.toThrow('error from sender: gone');
  await expect(receive('', [{ path: '../out', content: 'x' }])).rejects.toThrow('unsafe name');
});

it("reads and writes Go's modes", () => {
  for (const kind of ['file', 'directory', 'symlink', 'char', 'block', 'fifo'] as const)
    for (const mode of [0o644, 0o7755, 0]) {
      const both = goMode(kind, mode);
      expect([kindOfMode(both), permissionsOfMode(both)]).toEqual([kind, mode]);
    }
});
