import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expectAccessible } from '../fixtures/accessible.ts';
import { specDirectory, writeSpecFile } from '../fixtures/spec-user.ts';
import { blob } from '../fixtures/oci-layout.ts';
import { expect, test } from '../fixtures/test.ts';
import { pick } from '../pages/keyboard.ts';

const SHOP = `FROM busybox AS compile
RUN echo compiled > /out && echo hello from the compiler

FROM busybox AS tools
RUN echo tools > /tools

FROM busybox
COPY --from=compile /out /out
COPY --from=tools /tools /tools
COPY app.txt /app.txt
RUN echo packed > /packed
CMD ["cat", "/out", "/app.txt"]
`;

// A machine that does other things too takes its time for builds and for axe.
test.setTimeout(240_000);

let directory = '';

test.beforeEach(() => {
  directory = specDirectory('shop-');
  writeSpecFile(join(directory, 'Dockerfile'), SHOP);
  writeSpecFile(join(directory, 'app.txt'), 'first\n');
});

test.afterEach(async ({ engine }) => {
  await engine.clear();
  rmSync(directory, { recursive: true });
});

test('an image is built by pointing and clicking, again from the cache, and two builds are compared', async ({
  page,
  engine,
  containers,
  task,
}) => {
  await page.keyboard.press('g');
  await page.keyboard.press('b');
  await expect(page.getByRole('heading', { name: 'Nothing built yet' })).toBeVisible();
  await page.getByRole('button', { name: 'Build an image' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Folder').fill('/nowhere');
  await page.keyboard.press('Control+Enter');
  await expect(dialog.getByText('There is no folder /nowhere.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Target, arguments, platform and cache' }).click();
  await page.keyboard.press('Escape');

  await containers.open();
  await task('build', 'mouse', async () => {
    await page.getByRole('link', { name: 'Builds' }).click();
    await page.getByRole('button', { name: 'Build an image' }).click();
    await expect(dialog.getByLabel('Folder')).toBeFocused();
    await page.keyboard.insertText(directory);
    await dialog.getByLabel('Names').click();
    await page.keyboard.insertText('app-shop:1');
    await page.keyboard.press('Control+Enter');
    await expect(page.getByRole('heading', { name: 'app-shop:1' })).toBeVisible();
    await expect(page.locator('header').getByText('built', { exact: true })).toBeVisible({ timeout: 30_000 });
  });
  const steps = page.getByRole('listbox', { name: 'Steps' });
  const compile = steps.getByRole('group', { name: 'Stage compile' });
  await compile.getByRole('option', { name: /^RUN echo compiled .* done, took/ }).click();
  const output = page.getByRole('log', { name: /^Output of RUN echo compiled/ });
  await expect(output).toContainText('hello from the compiler');
  await page.getByLabel('Find in log').fill('compiler');
  await expect(page.getByText('1 line', { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Control+2');
  const graph = page.getByRole('group', { name: 'Stages and what they need' });
  await expect(graph.getByRole('link', { name: /^stage-2, done, needs compile, tools$/ })).toBeVisible();
  await page.keyboard.press('Control+3');
  await expect(page.getByText(directory)).toBeVisible();

  await task('build-again', 'mouse', async () => {
    await page.getByRole('button', { name: 'Build again' }).click();
    await expect(compile.getByRole('option', { name: /^RUN echo compiled .* cached/ })).toBeVisible({
      timeout: 30_000,
    });
  });
  await expect(page.locator('header').getByText('built', { exact: true })).toBeVisible({ timeout: 30_000 });

  writeSpecFile(join(directory, 'app.txt'), 'second and longer\n');
  await task('build-again', 'keyboard', async () => {
    await page.keyboard.press('Control+Enter');
    await expect(steps.getByRole('option', { name: /^COPY app.txt .* done/ })).toBeVisible({ timeout: 30_000 });
  });
  await expect(page.locator('header').getByText('built', { exact: true })).toBeVisible({ timeout: 30_000 });
  expect(await engine.runToEnd('cat /out /app.txt /packed', { Image: 'app-shop:1' })).toContain('second and longer');

  await task('compare', 'keyboard', async () => {
    await pick(page, 'c', 'Compare with the one before');
    await expect(page.getByRole('heading', { name: 'Comparison' })).toBeVisible();
  });
  await page.goBack();
  await task('compare', 'mouse', async () => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Compare with the one before' }).click();
    await expect(page.getByRole('heading', { name: 'Comparison' })).toBeVisible();
  });
  await expect(page.getByRole('row', { name: /COPY app.txt \/app.txt ran again/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /RUN echo compiled/ })).toHaveCount(0);
  await page.getByText('Everything').click();
  await expect(page.getByRole('row', { name: /RUN echo compiled .* cached/ })).toBeVisible();
  await expect(page.getByText('The configuration is the same.')).toBeVisible();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Back to the builds' }).click();
  await expect(page.getByRole('row', { name: 'app-shop:1' })).toHaveCount(3);

  // A build of elsewhere, as a runner of CI exports it.
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Import' }).click();
  await (await choosing).setFiles({ name: 'shop.dockerbuild', mimeType: '', buffer: await exportedBuild() });
  await expect(page.getByText('Imported 1 build')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'shop/ci.Dockerfile' })).toBeVisible();
  await page.keyboard.press('Control+3');
  await expect(page.getByText('https://ci.example/shop.git')).toBeVisible();
});

/** One record in an archive of `docker buildx history export`. */
async function exportedBuild(): Promise<Buffer> {
  const config = blob({
    Ref: 'madeelsewhere',
    FrontendAttrs: { 'vcs:source': 'https://ci.example/shop.git', filename: 'ci.Dockerfile' },
    CreatedAt: { seconds: 1_790_000_000 },
    CompletedAt: { seconds: 1_790_000_042 },
  });
  const mediaType = 'application/vnd.buildkit.historyrecord.v0';
  const manifest = blob({ schemaVersion: 2, config: { mediaType, digest: config.digest }, layers: [] });
  const archive = pack();
  for (const { digest, bytes } of [config, manifest])
    archive.entry({ name: `blobs/sha256/${digest.slice('sha256:'.length)}` }, bytes);
  archive.entry({ name: 'index.json' }, JSON.stringify({ manifests: [{ digest: manifest.digest }] }));
  archive.finalize();
  return gzipSync(await buffer(archive));
}

test('a build that fails says where, one that runs is cancelled, and a Dockerfile is built as it is written', async ({
  page,
  task,
}) => {
  writeSpecFile(join(directory, 'Dockerfile'), 'FROM busybox\nRUN echo before\nRUN echo oh no >&2; exit 7\n');
  await task('build', 'keyboard', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('build an image');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Build an image' });
    await expect(dialog.getByLabel('Folder')).toBeFocused();
    await page.keyboard.insertText(directory);
    await page.keyboard.press('Tab');
    await expect(dialog.getByLabel('Names')).toBeFocused();
    await page.keyboard.insertText('app-broken');
    await page.keyboard.press('Control+Enter');
  });
  const problem = page.getByRole('alert').filter({ hasText: 'Dockerfile, line 3' });
  await expect(problem).toContainText('exit 7', { timeout: 30_000 });
  await expect(problem.getByLabel('The lines in question')).toContainText('3RUN echo oh no >&2; exit 7');
  await expect(page.getByRole('log')).toContainText('oh no');
  await expectAccessible(page);

  const editor = page.getByRole('textbox', { name: 'Text of Dockerfile' });
  await task('dockerfile', 'keyboard', async () => {
    await pick(page, 'e', 'Edit the Dockerfile');
    await expect(editor).toContainText('exit 7');
  });
  await page.goBack();
  await task('dockerfile', 'mouse', async () => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Edit the Dockerfile' }).click();
    await expect(editor).toContainText('exit 7');
  });
  await expect(page.getByText('Nothing to say against it.')).toBeVisible();
  await editor.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('FROM busybox AS Base\nCOPPY a b\n');
  const check = page.getByRole('complementary', { name: 'Check' });
  await expect(check).toContainText('Line 2: unknown instruction: COPPY (did you mean COPY?)');
  await expect(page.getByRole('button', { name: 'Build what I see' })).toBeDisabled();
  await check.getByRole('button', { name: /^Line 2/ }).click();
  await page.keyboard.press('Shift+End');
  await page.keyboard.type('RU');
  await expect(page.getByRole('option', { name: /^RUN/ })).toBeVisible();
  // For 75 ms after it opens the editor takes no key for the list, so that nobody chooses what they have not seen.
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  await expect(editor).toContainText('RUN');
  await page.keyboard.insertText('echo waiting; sleep 600');
  await expect(check).toContainText("Stage name 'Base' should be lowercase");
  await expectAccessible(page);

  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('log')).toContainText('waiting', { timeout: 30_000 });
  await expect(page.getByRole('option', { name: /^RUN echo waiting; sleep 600, running/ })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel the build' }).click();
  await expect(page.locator('header').getByText('cancelled', { exact: true })).toBeVisible({ timeout: 30_000 });
  // It was only seen, never saved.
  expect(readFileSync(join(directory, 'Dockerfile'), 'utf8')).toContain('exit 7');
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Edit the Dockerfile' }).click();
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.insertText('# seen\n');
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Saved Dockerfile')).toBeVisible();
  expect(readFileSync(join(directory, 'Dockerfile'), 'utf8')).toContain('# seen');

  await page.keyboard.press('Control+Home');
  await page.getByRole('button', { name: 'Back to the builds' }).click();
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await page.getByRole('toolbar').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing built yet' })).toBeVisible();
});
