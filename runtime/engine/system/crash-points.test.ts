import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ENGINE_CRASH_POINTS, LAUNCHER_CRASH_POINTS } from './crash-points.ts';

const runtime = fileURLToPath(new URL('../..', import.meta.url));

/** Names in the calls of all sources with that ending, in the order of their names. */
function calls(directory: string, pattern: RegExp, ending: string): string[] {
  const files = readdirSync(join(runtime, directory), { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith(ending) && !name.endsWith('.test.ts'))
    .flatMap((name) => [...readFileSync(join(runtime, directory, name), 'utf8').matchAll(pattern)])
    .map((match) => match[1] ?? '')
    .sort();
}

it('lists every crash point of the engine, each called once', () => {
  expect(calls('engine', /\bcrashPoint\('([a-z-]+)'\)/g, '.ts')).toEqual([...ENGINE_CRASH_POINTS].sort());
});

it('lists every crash point of the launcher, each called once', () => {
  expect(calls('launcher', /\bcrash_point\("([a-z-]+)"\)/g, '.c')).toEqual([...LAUNCHER_CRASH_POINTS].sort());
});
