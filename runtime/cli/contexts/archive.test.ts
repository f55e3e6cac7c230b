import { pack } from 'tar-stream';
import { expect, it } from 'vitest';
import { packContext, unpackContext } from './archive.ts';

const stored = { Name: 'far', Metadata: {}, Endpoints: { docker: { Host: 'tcp://far:2376' } } };

const archiveOf = (entries: Readonly<Record<string, string>>): AsyncIterable<Buffer> => {
  const archive = pack();
  for (const [name, content] of Object.entries(entries)) archive.entry({ name }, content);
  archive.finalize();
  return archive as AsyncIterable<Buffer>;
};

it('gets back what it wrote', async () => {
  const files = new Map([['docker', new Map([['ca.pem', Buffer.from('certificate')]])]]);
  expect(await unpackContext(packContext(stored, files) as AsyncIterable<Buffer>)).toEqual({ stored, files });
});

it.each([
  ['another file', { 'meta.json': JSON.stringify(stored), other: 'x' }, 'other: unexpected context file'],
  ['no metadata', { 'tls/docker/ca.pem': 'x' }, 'invalid context: no metadata found'],
  ['metadata of another shape', { 'meta.json': '{"Name":1}' }, 'its metadata cannot be read'],
  ['metadata that is no JSON', { 'meta.json': '{' }, 'its metadata cannot be read'],
  ['a way out', { 'tls/docker/../../../x': 'x' }, 'unexpected path format'],
  ['a way out in two steps', { 'tls/../x': 'x' }, 'unexpected path format'],
  ['a deeper file', { 'tls/docker/deep/ca.pem': 'x' }, 'unexpected path format'],
  ['too much', { 'meta.json': ' '.repeat(10 * 1024 * 1024) }, 'read exceeds the defined limit'],
])('refuses an archive with %s', async (_, entries, message) => {
  await expect(unpackContext(archiveOf(entries))).rejects.toThrow(message);
});

it('refuses links and what is no archive', async () => {
  const archive = pack();
  archive.entry({ name: 'meta.json', type: 'symlink', linkname: '/etc/passwd' });
  archive.finalize();
  await expect(unpackContext(archive as AsyncIterable<Buffer>)).rejects.toThrow('meta.json: unexpected context file');
  const noise = async function* () {
    yield await Promise.resolve(Buffer.alloc(2048, 'noise'));
  };
  await expect(unpackContext(noise())).rejects.toThrow('invalid archive of a context');
});
