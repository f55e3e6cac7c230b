// Pictures of screens to look at while they are made: `node e2e/visual/look.ts DIRECTORY [NAME...]`. Real engine, real
// containers, light and dark, large and small.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../fixtures/process.ts';
import { furnish, VIEWS, type Scene, type View } from './scene.ts';
import { openStudio } from './studio.ts';

const LOOKS = [
  [{ width: 1440, height: 900, colorScheme: 'light' }, ''],
  [{ width: 1440, height: 900, colorScheme: 'dark' }, '-dark'],
  [{ width: 1024, height: 640, colorScheme: 'light' }, '-small'],
] as const;

const directory = process.argv[2] ?? join(root, '.cache/look');
const wanted = new Set(process.argv.slice(3));
await mkdir(directory, { recursive: true });
const views = VIEWS.filter(({ name }) => wanted.size === 0 || wanted.has(name));
const studio = await openStudio();
try {
  const take = async (view: View, scene: Scene): Promise<void> => {
    for (const [look, suffix] of LOOKS)
      await studio.take(view, scene, look, join(directory, `${view.name}${suffix}.png`));
  };
  for (const view of views.filter(({ empty }) => empty === true)) await take(view, { front: '', network: '' });
  if (views.some(({ empty }) => empty !== true)) {
    const scene = await furnish(studio.engine);
    await studio.page.waitForTimeout(4000);
    for (const view of views.filter(({ empty }) => empty !== true)) await take(view, scene);
  }
} finally {
  await studio.close();
}
