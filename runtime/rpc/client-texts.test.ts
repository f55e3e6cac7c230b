import { afterEach, expect, it, vi } from 'vitest';
import { RpcClient } from './client.ts';
import type { ClientFault } from './client-texts.ts';
import { BridgeError } from './error.ts';
import { encodeFrame, encodeJson, MAX_FRAME_BYTES } from './frame.ts';
import { TEXTS } from './testing/texts.ts';
import { memoryPair, type Transport } from './transport.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Each way in which something fails on the page's side, and what it fails with. */
const FAILURES: Readonly<Record<ClientFault, (client: RpcClient, far: Transport) => Promise<unknown>>> = {
  disconnected: async (client) => {
    client.close();
    await client.open('events', {}, {}).closed;
  },
  cancelled: (client) => client.call('engine.info', {}, { signal: AbortSignal.abort() }),
  timeout: async (client) => {
    vi.useFakeTimers();
    const call = client.call('engine.info', {});
    vi.runAllTimers();
    await call;
  },
  unsupported: (client, far) => {
    far.send(encodeFrame('hello', 0, encodeJson({ version: 999 })));
    return client.ready;
  },
  tooLarge: (client) => client.call('containers.start', { id: 'a'.repeat(MAX_FRAME_BYTES) }),
  answerTooLarge: (client, far) => {
    const call = client.call('engine.info', {});
    far.send(encodeFrame('error', 1, encodeJson({ code: 'too-large', message: 'Far too much.' })));
    return call;
  },
  senseless: (client, far) => {
    const call = client.call('engine.info', {});
    far.send(encodeFrame('error', 1, encodeJson({ code: 'of another app' })));
    return call;
  },
};

it.each(Object.entries(FAILURES))('tells of %s in the words of the page', async (fault, fail) => {
  const [near, far] = memoryPair();
  const error = BridgeError.from(await fail(new RpcClient(near, TEXTS), far).catch((thrown: unknown) => thrown));
  const { message, hint } = TEXTS[fault as ClientFault];
  expect([error.message, error.hint]).toEqual([message, hint]);
});

it('refuses what is no message at all in the words of the page', async () => {
  const [near, far] = memoryPair();
  const client = new RpcClient(near, TEXTS);
  far.send(new Uint8Array([250, 1]));
  await expect(client.ready).rejects.toMatchObject({ message: 'Unsinn.', detail: 'FrameError: unknown frame kind' });
});

it('says what the far side tells in the words of the page', async () => {
  const [near, far] = memoryPair();
  const client = new RpcClient(near, TEXTS, (sentence) => sentence.toUpperCase());
  const call = client.call('engine.info', {});
  const told = { code: 'conflict', message: 'There is one.', hint: 'Take another.', detail: 'as it came', status: 409 };
  far.send(encodeFrame('error', 1, encodeJson(told)));
  await expect(call).rejects.toMatchObject({ ...told, message: 'THERE IS ONE.', hint: 'TAKE ANOTHER.' });
});
