import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianPackages, writePackagesTar, type ServerImage } from '../fixtures/debian-packages.ts';
import { ENGINE_MODES, EngineProcess, type EngineMode } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { newerClients } from '../fixtures/newer-clients.ts';
import { lifeCycle } from '../fixtures/project-life.ts';
import { ProjectRun } from '../fixtures/project-run.ts';
import { loadTestImage } from '../fixtures/test-image.ts';
import { PROJECTS, type ComposeClient, type ProofProject } from '../projects/projects.ts';

/** Who drives which project on the engine of which user. */
type Chosen = readonly [name: string, mode: EngineMode, client: ComposeClient];

/** What always runs: real servers, all three clients, both users; the others take an hour of a busy machine. */
const USUAL: readonly Chosen[] = [
  ['shop', 'root', 'berth'],
  ['legacy', 'root', 'compose 1'],
  ['hardened', 'rootless', 'berth'],
  ['guestbook', 'rootless', 'compose 2'],
];
const ALL: readonly Chosen[] = PROJECTS.flatMap(({ name, clients }) =>
  ENGINE_MODES.flatMap((mode) => clients.map((client): Chosen => [name, mode, client])),
);

/** `all`, or names separated by commas: those by every client that can read them, and as every user. */
const asked = process.env['BERTH_PROJECTS'];
const chosen =
  asked === undefined ? USUAL : asked === 'all' ? ALL : ALL.filter(([name]) => asked.split(',').includes(name));
const rest =
  asked === undefined ? ` (${USUAL.length} of ${ALL.length} runs; BERTH_PROJECTS=all or =NAME,... for the others)` : '';

/** Applications of several servers, made of Debian's packages by our own build, through their whole lives. */
describe.each(ENGINE_MODES)(`projects of real shape as %s${rest}`, (mode) => {
  const mine = chosen.filter(([, where]) => where === mode);
  const projects = PROJECTS.filter(({ name }) => mine.some(([one]) => one === name));
  const servers = [...new Set(projects.flatMap((project) => project.servers))];
  const engine = new EngineProcess(mode);
  let before: Traces;
  let isPossible = false;

  beforeAll(async () => {
    const packages = debianPackages(servers);
    if (packages === null) return;
    await engine.start();
    await makeImages(engine, packages, servers);
    before = traces(engine);
    isPossible = true;
  }, 1_800_000);

  afterAll(async () => {
    const left = isPossible ? await leftovers(engine, before) : {};
    await engine.dispose();
    expect(left).toEqual({});
  });

  it.for(mine.map(([name, , client]) => ({ name, client })))(
    'lives with $name, driven by $client',
    { timeout: 1_800_000 },
    async ({ name, client }, context) => {
      if (!isPossible) context.skip('the packages of its servers could not be had');
      if (client === 'compose 2' && newerClients() === null) context.skip('Compose 2 could not be had');
      const project = PROJECTS.find((one) => one.name === name) as ProofProject;
      const run = await ProjectRun.of(engine, project);
      try {
        await lifeCycle(run, project, client);
      } finally {
        if (run.objects().length > 0) run.compose('berth', 'down', '--volumes', '--timeout', '1');
      }
    },
  );
});

/** Builds the images of servers with `berth compose build`, from packages that an imported image brings. */
async function makeImages(engine: EngineProcess, packages: string, servers: readonly ServerImage[]): Promise<void> {
  await loadTestImage(engine);
  const archive = `${engine.directory}/packages.tar`;
  writePackagesTar(archive, packages, servers);
  engine.dockerOk(['import', archive, 'proof/packages'], { timeout: 300_000 });
  const images = await ProjectRun.of(engine, {
    name: 'images',
    servers,
    answer: /^$/,
    scale: ['base', 0],
    clients: ['berth'],
  });
  images.compose('berth', 'build', 'base', ...servers);
}
