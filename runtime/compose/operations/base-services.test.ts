import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadProject } from '../load/load.ts';
import { baseServices } from './base-services.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bases-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function bases(yaml: string): Promise<Record<string, readonly string[]>> {
  writeFileSync(join(directory, 'compose.yaml'), `name: p\nservices:\n${yaml}`);
  const project = await loadProject({ files: [], workingDirectory: directory, environment: {} });
  return Object.fromEntries(await baseServices(project, project.services.keys()));
}

it('finds services whose images the Dockerfiles of others name', async () => {
  writeFileSync(join(directory, 'Dockerfile'), 'FROM --platform=$BUILDPLATFORM shop/base:latest AS x\n');
  expect(
    await bases(`
  a: {build: .}
  b: {build: {dockerfile_inline: "FROM scratch\\nCOPY --from=p-a /x /x\\nRUN --mount=type=bind,from=shop/base,target=/b x"}}
  base: {image: shop/base, build: {dockerfile_inline: "FROM other\\n"}}
  gone: {build: ./nothing}
  same: {image: "shop/base:latest"}
  other: {image: other}`),
  ).toEqual({ a: ['base'], b: ['a', 'base'], base: [], gone: [], same: ['base'], other: [] });
});

it('lets those build side by side that would wait for each other', async () => {
  expect(
    await bases(`
  a: {build: {dockerfile_inline: "FROM p-b\\n"}}
  b: {build: {dockerfile_inline: "FROM p-a\\n"}}`),
  ).toEqual({});
});
