import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProject } from '../compose/load/load.ts';
import { COMPOSE_TEMPLATES } from '../contract/compose-templates.ts';
import { TEMPLATES } from './compose-templates.ts';
import { createProject } from './create-project.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-template-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('templates', () => {
  it.each(COMPOSE_TEMPLATES)('%s is a project without a fault, open to this computer alone', async (template) => {
    await writeFile(join(directory, 'compose.yaml'), TEMPLATES[template]);
    const project = await loadProject({ files: [], workingDirectory: directory, environment: {} });
    expect(project.warnings).toEqual([]);
    const services = [...project.services.values()];
    expect(services.length).toBeGreaterThan(0);
    for (const { ports } of services) for (const { hostIp } of ports ?? []) expect(hostIp).toBe('127.0.0.1');
  });
});

describe('a new project', () => {
  it('has its folder made, also below the home directory', async () => {
    const environment = { HOME: directory };
    expect(await createProject('~/sites/blog', 'wordpress', environment)).toBe(join(directory, 'sites/blog'));
    expect(await readFile(join(directory, 'sites/blog/compose.yaml'), 'utf8')).toBe(TEMPLATES.wordpress);
  });

  it('leaves alone what is there', async () => {
    await writeFile(join(directory, 'docker-compose.yml'), 'services: {}\n');
    await expect(createProject(directory, 'blank')).rejects.toMatchObject({ code: 'conflict' });
    await expect(createProject('here', 'blank')).rejects.toMatchObject({ code: 'invalid' });
    const file = join(directory, 'file');
    await writeFile(file, '');
    await expect(createProject(join(file, 'x'), 'blank')).rejects.toMatchObject({
      message: `${join(file, 'x/compose.yaml')} cannot be written.`,
    });
  });
});
