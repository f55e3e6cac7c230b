import { expect, it } from 'vitest';
import { withAddresses } from './options.ts';

it('mounts NFS by address, of IPv4 where the server has one', async () => {
  expect(await withAddresses('addr=localhost,nfsvers=4')).toBe('addr=127.0.0.1,nfsvers=4');
  expect(await withAddresses('vers=4,addr=::1')).toBe('vers=4,addr=::1');
  await expect(withAddresses('addr=no such host')).rejects.toThrow('error resolving passed in network volume address');
});
