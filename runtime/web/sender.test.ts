import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { ownerIn, senderOf } from './sender.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0 20 4 1 10 -1
   1: 0100007F:D431 0100007F:0050 01 00000000:00000000 00:00000000 00000000  1000        0 13 1 0 20 4 1 10 -1
`;

it('finds who made a connection in the kernel’s table', () => {
  const server = { address: '127.0.0.1', port: 80 };
  const client = { address: '127.0.0.1', port: 0xd431 };
  expect(ownerIn(TABLE, client, server, 'LE')).toBe(1000);
  expect(ownerIn(TABLE, server, client, 'LE')).toBe(0);
  expect(ownerIn(TABLE, client, { ...server, port: 81 }, 'LE')).toBeNull();
  expect(ownerIn(TABLE.replaceAll('0100007F', '7F000001'), client, server, 'BE')).toBe(1000);
});

it('knows who is connected', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  expect(senderOf(accepted)).toBe(process.getuid?.());
  client.destroy();
  accepted.destroy();
  expect(senderOf(accepted)).toBeNull();
  server.close();
});
