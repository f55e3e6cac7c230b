import net, { isIP } from 'node:net';

/** Whether an address lies in a subnet (`10.0.0.0/8`, `fd00::/64`). False for what is neither. */
export function isInside(address: string, subnet: string): boolean {
  const [base = '', bits = ''] = subnet.split('/');
  const family = isIP(base);
  if (family === 0 || isIP(address) !== family || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const list = new net.BlockList();
  list.addSubnet(base, Number(bits), kind);
  return list.check(address, kind);
}
