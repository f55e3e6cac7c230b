import { expect, it } from 'vitest';
import { hijackHead } from './hijack.ts';

const UPGRADE = { connection: 'Upgrade', upgrade: 'tcp' };

it('says what the stream is, and upgrades who asked to', () => {
  expect(hijackHead({ headers: UPGRADE }, true)).toBe(
    'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
  );
  expect(hijackHead({ headers: {} }, false)).toBe(
    'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n',
  );
});

it('fills the buffer of docker-py, which would lose what comes with the head', () => {
  for (const headers of [{}, UPGRADE]) {
    const head = hijackHead({ headers: { ...headers, 'user-agent': 'docker-sdk-python/5.0.3' } }, true);
    expect(Buffer.byteLength(head)).toBe(8192);
    expect(head).toMatch(/^HTTP\/1\.1 [^]*\r\nX-Filler: -+\r\n\r\n$/);
  }
});
