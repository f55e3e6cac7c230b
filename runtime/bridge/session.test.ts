import { describe, expect, it, vi } from 'vitest';
import { Session, type SessionBackend } from './session.ts';

function backend(): SessionBackend & { readonly paused: () => boolean } {
  let paused = false;
  return {
    write: vi.fn(() => Promise.resolve()),
    resize: vi.fn(() => Promise.resolve()),
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    close: vi.fn(),
    paused: () => paused,
  };
}

const info = { id: 's', kind: 'exec', containerId: 'c', title: 'sh', startedAt: 0, exitCode: null } as const;

describe('Session', () => {
  it('replays what a late viewer missed, at most 256 KiB', async () => {
    const session = new Session(info, backend());
    session.output(Buffer.alloc(200 * 1024, 'a'));
    session.output(Buffer.alloc(100 * 1024, 'b'));
    session.output(Buffer.from('end'));
    const got: Uint8Array[] = [];
    session.join({
      output: (bytes) => {
        got.push(bytes);
        return Promise.resolve();
      },
      exited: () => {},
    });
    await Promise.resolve();
    const text = Buffer.concat(got).toString();
    expect(text.length).toBeLessThanOrEqual(256 * 1024);
    expect(text.endsWith('bend')).toBe(true);
  });

  it('pauses the source while a viewer is slow, and only then', async () => {
    const source = backend();
    const session = new Session(info, source);
    session.output(Buffer.from('nobody looks'));
    expect(source.paused()).toBe(false);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    session.join({ output: () => promise, exited: () => {} });
    expect(source.paused()).toBe(true);
    resolve(undefined);
    await vi.waitFor(() => {
      expect(source.paused()).toBe(false);
    });
  });

  it('tells every viewer how it ended, also one that comes later, and takes no more input', async () => {
    const source = backend();
    const session = new Session(info, source);
    const seen: number[] = [];
    const viewer = { output: () => Promise.resolve(), exited: (code: number) => seen.push(code) };
    session.join(viewer);
    session.exit(3);
    session.exit(4);
    session.join(viewer);
    await session.write(Buffer.from('x'));
    expect(seen).toEqual([3, 3]);
    expect(vi.mocked(source).write.mock.calls).toEqual([]);
  });
});
