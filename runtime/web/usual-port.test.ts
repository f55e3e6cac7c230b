import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { listenNear, usualPort } from './usual-port.ts';

const open: Server[] = [];
const serve = async (port: number): Promise<number> => {
  const server = createServer();
  open.push(server);
  await listenNear(server, '127.0.0.1', port);
  return (server.address() as AddressInfo).port;
};

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

it('is the same for an engine at every start, and another for another engine or person', () => {
  const port = usualPort('/run/berth/berth.sock', 0);
  expect(usualPort('/run/berth/berth.sock', 0)).toBe(port);
  expect(port).toBeGreaterThanOrEqual(21_000);
  expect(port).toBeLessThan(31_000);
  expect(usualPort('/run/berth/berth.sock', 1000)).not.toBe(port);
  expect(usualPort('/tmp/other.sock', 0)).not.toBe(port);
});

it('is given up where somebody has it', async () => {
  const taken = await serve(0);
  expect(await serve(taken)).not.toBe(taken);
});
