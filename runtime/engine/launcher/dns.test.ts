import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const launcher = fileURLToPath(new URL('../../launcher/', import.meta.url));
let directory: string;

beforeAll(() => {
  directory = mkdtempSync('/tmp/berth-dns-');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** A question with recursion desired; `labels` make its name. */
function question(labels: readonly string[], type: number, additional: readonly number[] = []): Buffer {
  const name = labels.flatMap((label) => [label.length, ...Buffer.from(label)]);
  const counts = [0, 1, 0, 0, 0, 0, 0, additional.length > 0 ? 1 : 0];
  return Buffer.from([0x12, 0x34, 1, 0, ...counts, ...name, 0, 0, type, 0, 1, ...additional]);
}

const EDNS = [0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0];

test('no bytes make the resolver’s reader or writer of messages leave its bounds (ASan, UBSan)', () => {
  const seeds = {
    plain: question(['asker'], 1),
    edns: question(['asker', 'example'], 28, EDNS),
    reverse4: question(['2', '0', '20', '172', 'in-addr', 'arpa'], 12),
    reverse6: question([...Array.from({ length: 32 }, () => 'f'), 'ip6', 'arpa'], 12),
    long: question(['x'.repeat(63), 'y'.repeat(63), 'z'.repeat(63), 'w'.repeat(61)], 255, EDNS),
    // A compression pointer to itself, where a name may not have one.
    loop: Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]),
    answer: Buffer.from([0, 7, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 0, 0, 1, 0, 1]),
  };
  const files = Object.entries(seeds).map(([name, bytes]) => {
    writeFileSync(`${directory}/${name}`, bytes);
    return `${directory}/${name}`;
  });
  const sources = ['dns.c', 'test/dns_fuzz.c', 'test/fuzz_driver.c'].map((name) => launcher + name);
  const flags = [
    '-std=gnu17',
    '-D_GNU_SOURCE=',
    '-g',
    '-O1',
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover=all',
  ];
  execFileSync('cc', [...flags, '-o', `${directory}/fuzz`, ...sources]);
  // 200,000 mutations of the seeds: a few seconds.
  expect(execFileSync(`${directory}/fuzz`, ['200000', ...files], { stdio: 'pipe' }).toString()).toBe('');
});
