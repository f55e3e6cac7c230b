// Makes the pictures of the README's tour, in `assets/screenshots`: `node e2e/visual/tour.ts [DIRECTORY]`. Real engine,
// real containers; the same names and windows each time.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../fixtures/process.ts';
import { furnish, VIEWS } from './scene.ts';
import { openStudio } from './studio.ts';

/** Names of views in the order of the tour, each in the theme in which it is shown. */
const TOUR = [
  ['welcome', 'light'],
  ['containers', 'dark'],
  ['logs', 'light'],
  ['terminal', 'dark'],
  ['files', 'light'],
  ['stats', 'dark'],
  ['layers', 'light'],
  ['topology', 'dark'],
  ['run', 'light'],
  ['disk', 'dark'],
] as const;

const directory = process.argv[2] ?? join(root, 'assets/screenshots');
await mkdir(directory, { recursive: true });
const studio = await openStudio();
try {
  let scene = { front: '', network: '' };
  for (const [name, colorScheme] of TOUR) {
    const view = VIEWS.find((candidate) => candidate.name === name);
    if (view === undefined) throw new Error(`there is no view ${name}`);
    if (view.empty !== true && scene.front === '') {
      scene = await furnish(studio.engine);
      await studio.page.waitForTimeout(4000);
    }
    await studio.take(view, scene, { width: 1280, height: 800, colorScheme }, join(directory, `${name}.png`));
  }
} finally {
  await studio.close();
}
