import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../store/digest.ts';
import { decodeCache, decodeInlineCache, encodeCache, encodeInlineCache, type RemoteStep } from './cache-config.ts';

const layer = (name: string) => ({
  diffId: digestOf(name),
  blob: {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: digestOf(`${name} blob`),
    size: name.length,
  },
});
const [one, two, other] = [layer('one'), layer('two'), layer('other')];
const step = (name: string, layers: RemoteStep['step']['layers']): RemoteStep => ({
  step: {
    key: digestOf(name).slice('sha256:'.length),
    layers,
    type: 'regular',
    description: name,
    size: 0,
    created: '2026-01-01T00:00:00Z',
    hasLayer: true,
  },
  aliases: [digestOf(`${name} alias`).slice('sha256:'.length)],
});
const STEPS = [step('a', [one]), step('b', [one, two]), step('c', [other])];

describe('a build cache that is elsewhere', () => {
  it('is read as it was written', () => {
    expect(decodeCache(encodeCache(STEPS, [one, two, other]))).toEqual(STEPS);
  });

  it('has in an image only what is made of its layers', () => {
    expect(decodeInlineCache(encodeInlineCache(STEPS, [one, two]), [one, two])).toEqual(STEPS.slice(0, 2));
  });

  it("passes BuildKit's own results over", () => {
    const records = [{ digest: digestOf('x'), layers: [{ layer: 0, createdAt: '2026-01-01T00:00:00Z' }] }];
    expect(decodeInlineCache(Buffer.from(JSON.stringify(records)), [one])).toEqual([]);
  });

  it.each([
    '',
    '[]',
    '{"layers":{}}',
    '{"layers":[],"records":{}}',
    '{"layers":[{"blob":"sha256:x"}],"records":[]}',
    `{"layers":[],"records":[{"digest":"${digestOf('a')}","berth":{},"chains":[{"layers":[0],"createdAt":"2026-01-01T00:00:00Z"}]}]}`,
    `{"layers":[],"records":[{"digest":"${digestOf('a')}","berth":{},"chains":[{"layers":[],"createdAt":"soon"}]}]}`,
    '{"layers":[],"records":[{"digest":"../x","berth":{},"chains":[{"layers":[],"createdAt":"2026-01-01"}]}]}',
  ])('is refused when it is malformed: %s', (text) => {
    expect(() => decodeCache(Buffer.from(text))).toThrow(/build cache/);
  });
});
