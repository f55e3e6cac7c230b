import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contextPatterns } from './build-context.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-patterns-'));
  mkdirSync(join(root, 'docker'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

it('reads what a build leaves out from the Dockerfile’s own ignore file, else from the usual one', async () => {
  expect((await contextPatterns(root)).isEmpty).toBe(true);
  writeFileSync(join(root, '.dockerignore'), '# a comment\nusual\n');
  writeFileSync(join(root, 'docker/other.dockerignore'), 'own\n');
  const left = async (file?: string): Promise<string[]> => {
    const patterns = await contextPatterns(root, file);
    return ['usual', 'own', '# a comment'].filter((path) => patterns.matches(path));
  };
  expect(await left()).toEqual(['usual']);
  expect(await left('docker/plain')).toEqual(['usual']);
  expect(await left('docker/other')).toEqual(['own']);
});
