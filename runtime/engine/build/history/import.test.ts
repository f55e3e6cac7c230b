import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { expect, it } from 'vitest';
import { openDatabase } from '../../store/database.ts';
import { statusResponse } from '../buildkit/messages/control.ts';
import { HISTORY_RECORD, readBuildArchive } from './import.ts';
import { BuildHistory, HISTORY_SCHEMA } from './store.ts';

const STEP = `sha256:${'1'.repeat(64)}`;

/** An OCI layout as buildx exports it, file by file. */
class Layout {
  readonly files = new Map<string, Buffer>();

  blob(content: Buffer | object): { digest: string; size: number } {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    this.files.set(`blobs/sha256/${hex}`, bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  }

  build(record: object): { digest: string } {
    const config = { mediaType: HISTORY_RECORD, ...this.blob(record) };
    return this.blob({ schemaVersion: 2, config, layers: [] });
  }

  index(...manifests: readonly object[]): this {
    this.files.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })));
    return this;
  }

  async archive(): Promise<Buffer> {
    const pack = tar.pack();
    pack.entry({ name: 'blobs/', type: 'directory' });
    for (const [name, bytes] of this.files) pack.entry({ name }, bytes);
    pack.finalize();
    return buffer(pack);
  }
}

/** Status messages, each after its length. */
function output(): Buffer {
  const started = Date.UTC(2026, 4, 1, 10, 0, 1);
  const name = '[build 2/3] RUN make';
  const messages = [
    { vertexes: [{ digest: STEP, name, started }] },
    {
      logs: [{ vertex: STEP, timestamp: started, stream: 2n, msg: Buffer.from('cc main.c\n') }],
      statuses: [{ vertex: STEP, id: 'extracting', current: 3n, total: 4n, timestamp: started }],
    },
    {
      vertexes: [{ digest: STEP, name, started, completed: started + 500, cached: true }],
      warnings: [
        { vertex: STEP, short: Buffer.from('StageNameCasing: no (line 3)'), ranges: [{ start: { line: 3 } }] },
      ],
    },
  ];
  return Buffer.concat(
    messages.flatMap((message) => {
      const bytes = statusResponse.encode(message);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}

const CREATED = { seconds: Date.UTC(2026, 4, 1, 10) / 1000, nanos: 5_000_000 };
const RECORD = {
  Ref: 'qu2gsuo8ejqrwdfii23xkkckt',
  FrontendAttrs: {
    'build-arg:TOKEN': 'secret',
    target: 'final',
    'vcs:source': 'https://git.example/shop.git',
    filename: 'ci.Dockerfile',
  },
  CreatedAt: CREATED,
  CompletedAt: { seconds: CREATED.seconds + 9 },
};

const read = async (layout: Layout) => readBuildArchive(Readable.from([await layout.archive()]));
const refused = (layout: Layout) => expect(read(layout)).rejects;

it('reads a build with its steps, output and warnings, and keeps it', async () => {
  const layout = new Layout();
  const archive = await layout.index(layout.build({ ...RECORD, logs: layout.blob(output()) })).archive();
  const [record, ...others] = await readBuildArchive(Readable.from([gzipSync(archive)]));
  expect(others).toEqual([]);
  expect(record).toMatchObject({
    ref: RECORD.Ref,
    title: 'shop/ci.Dockerfile',
    status: 'completed',
    createdAt: Date.UTC(2026, 4, 1, 10) + 5,
    completedAt: Date.UTC(2026, 4, 1, 10, 0, 9),
    total: 1,
    completed: 1,
    cached: 1,
    warnings: 1,
    attributes: { target: 'final', 'vcs:source': 'https://git.example/shop.git', filename: 'ci.Dockerfile' },
    vertexes: [{ digest: STEP, name: '[build 2/3] RUN make' }],
    statuses: [{ id: 'extracting', current: 3, total: 4, completed: null }],
    logs: [{ vertex: STEP, stream: 2, text: 'cc main.c\n' }],
    alerts: [{ text: 'StageNameCasing: no (line 3)', start: 3 }],
  });
  expect(JSON.stringify(record)).not.toContain('secret');
  if (record === undefined) return;
  const history = new BuildHistory(openDatabase(':memory:', [HISTORY_SCHEMA]));
  expect(history.add(record)).toEqual(history.list()[0]);
  expect(history.find(RECORD.Ref)).toEqual(record);
});

it('reads several builds, which stand in an index of their own, and times of older clients', async () => {
  const layout = new Layout();
  const failed = { ...RECORD, Ref: 'two', error: { code: 2, message: 'it broke' }, CreatedAt: '2026-05-01T10:00:00Z' };
  const cancelled = { ...RECORD, Ref: 'three', error: { code: 1 }, ExporterResponse: { 'image.name': 'shop:1' } };
  const unended = {
    ...RECORD,
    Ref: 'four',
    CompletedAt: null,
    FrontendAttrs: {},
    localState: { LocalPath: '/src/api' },
  };
  const manifests = [RECORD, failed, cancelled, unended].map((record) => layout.build(record));
  const found = await read(layout.index(layout.blob({ manifests })));
  expect(found.map(({ ref, status, error, title }) => [ref, status, error, title])).toEqual([
    [RECORD.Ref, 'completed', '', 'shop/ci.Dockerfile'],
    ['two', 'failed', 'it broke', 'shop/ci.Dockerfile'],
    ['three', 'canceled', '', 'shop:1'],
    ['four', 'canceled', '', 'api/Dockerfile'],
  ]);
  expect(found[1]?.createdAt).toBe(Date.UTC(2026, 4, 1, 10));
});

it('says what is wrong with an archive', async () => {
  await expect(readBuildArchive(Readable.from([Buffer.from('no archive')]))).rejects.toThrow(
    /cannot be read|no archive/,
  );
  await expect(readBuildArchive(Readable.from([gzipSync('x'.repeat(2048)).subarray(0, 20)]))).rejects.toThrow(
    'cannot be read',
  );
  await expect(readBuildArchive(Readable.from([]))).rejects.toThrow('no archive of builds');
  await refused(new Layout().index()).toThrow('no record of a build');
  await refused(new Layout().index({ digest: STEP })).toThrow(`the archive lacks ${STEP}`);
  await refused(new Layout().index({ digest: '../../etc/passwd' })).toThrow('not as it should be: manifests.0.digest');

  const image = new Layout();
  await refused(image.index(image.blob({ config: image.blob({}) }))).toThrow('no record of a build');

  const forged = new Layout();
  forged.index(forged.build(RECORD));
  for (const name of forged.files.keys()) if (name !== 'index.json') forged.files.set(name, Buffer.from('{}'));
  await refused(forged).toThrow('is something else');

  const cut = new Layout();
  await refused(cut.index(cut.build({ ...RECORD, logs: cut.blob(output().subarray(0, -1)) }))).toThrow('cut off');
  const noise = new Layout();
  const nothing = Buffer.from([2, 0, 0, 0, 0xff, 0xff]);
  await refused(noise.index(noise.build({ ...RECORD, logs: noise.blob(nothing) }))).toThrow('cannot be read');

  const nameless = new Layout();
  await refused(nameless.index(nameless.build({ ...RECORD, Ref: '../x' }))).toThrow('not as it should be: Ref');

  let deep = new Layout();
  deep = deep.index(deep.blob({ manifests: [deep.blob({ manifests: [deep.blob({ manifests: [] })] })] }));
  await refused(deep).toThrow('indexes within indexes');
});

it('does not take what is too large', async () => {
  const large = new Layout();
  large.files.set('blobs/1', Buffer.alloc(65 * 1024 * 1024));
  await expect(readBuildArchive(Readable.from([await large.archive()]))).rejects.toThrow('too large');
});
