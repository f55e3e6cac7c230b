import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatSubnet, parseSubnet, type Subnet } from './address.ts';
import { defaultSubnet } from './default-subnet.ts';

let dataRoot: string;
beforeEach(() => void (dataRoot = mkdtempSync(join(tmpdir(), 'berth-subnet-'))));
afterEach(() => {
  rmSync(dataRoot, { recursive: true });
});

const subnets = (...texts: string[]): Subnet[] => texts.flatMap((text) => parseSubnet(text) ?? []);

/** Where the bridges are, `routes` says who has which subnet (as /proc/net/route does). */
async function choose(taken: readonly Subnet[], routes = ''): Promise<string> {
  const runHelper = ([, pattern = '']: readonly string[]): Promise<{
    exitCode: number;
    output: string;
    firewall: bigint;
  }> => {
    const found = routes.split('\n').filter((line) => new RegExp(pattern).test(line));
    return Promise.resolve({ exitCode: found.length === 0 ? 1 : 0, output: `${found.join('\n')}\n`, firewall: 0n });
  };
  const launcher = { runHelper };
  return formatSubnet(await defaultSubnet({ dataRoot, interfaceName: 'berth0', taken, seed: '', pools: [], launcher }));
}

const ROUTE = (name: string, destination: string): string =>
  `${name}\t${destination}\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0`;

test('is chosen once, and again when the host has come to use it', async () => {
  expect(await choose(subnets('172.17.0.0/16'))).toBe('172.18.0.0/16');
  expect(await choose([])).toBe('172.18.0.0/16');
  expect(await choose(subnets('172.18.4.0/24'))).toBe('172.17.0.0/16');
  expect(readFileSync(join(dataRoot, 'bridge-subnet'), 'utf8')).toBe('172.17.0.0/16\n');
});

test('is never changed below a bridge that is still there', async () => {
  expect(await choose([])).toBe('172.17.0.0/16');
  const taken = subnets('172.17.4.0/24');
  expect(await choose(taken, [ROUTE('eth0', '000011AC'), ROUTE('berth0', '000011AC')].join('\n'))).toBe(
    '172.17.0.0/16',
  );
  // Another's route, or the bridge's route to what it was given by hand, says nothing of it.
  expect(await choose(taken, [ROUTE('berth01', '000011AC'), ROUTE('berth0', '000013AC')].join('\n'))).toBe(
    '172.18.0.0/16',
  );
});
