import { readFile } from 'node:fs/promises';
import { expectAccessible } from '../fixtures/accessible.ts';
import { expect, test } from '../fixtures/test.ts';

// A machine that does other things too takes its time for axe.
test.setTimeout(120_000);

test('a log is followed, searched, wrapped and downloaded', async ({ page, containers, engine, task }) => {
  await engine.runScript(
    'talker',
    'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done; echo "a needle here" >&2; sleep 0.3; echo "ERROR order 17 failed"; echo "    at pay (shop.js:3)"; j=0; while [ $j -lt 200 ]; do echo "after $j"; j=$((j+1)); done; while true; do echo tick $i; i=$((i+1)); sleep 0.2; done',
  );
  // The needle comes by the other pipe, and lines written at once could overtake it. 200 lines after it: with fewer, a view that has it in its middle would still reach the end, and follow.
  const log = containers.log();
  await expect(containers.row('talker')).toContainText('Running');
  await task('log', 'mouse', async () => {
    await containers.row('talker').click();
    await expect(log).toContainText('tick 30');
  });

  await task('log-search', 'mouse', async () => {
    await page.getByLabel('Find in log').click();
    await page.keyboard.insertText('needle');
    await expect(page.getByRole('status').filter({ hasText: '1 line' })).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(log.locator('.log-current')).toContainText('a needle here');
  });
  await expect(log.locator('.log-stderr mark')).toHaveText('needle');
  // Having gone back, the view no longer follows; the pill counts what comes and leads to the end.
  const pill = page.getByRole('button', { name: /new lines?$/ });
  await expect(pill).toBeVisible();
  await pill.click();
  await expect(pill).toHaveCount(0);

  // A regular expression, a broken one, and the lines of one level with what belongs to them.
  await page.getByRole('button', { name: 'Regular expression' }).click();
  await page.getByLabel('Find in log').fill('order \\d+|pay \\(');
  await expect(page.getByRole('status').filter({ hasText: '2 lines' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(log.locator('.log-current mark')).toHaveText('pay (');
  await page.getByLabel('Find in log').fill('(');
  await expect(page.getByText('This is not a regular expression')).toBeVisible();
  await page.getByLabel('Find in log').fill('');
  const errors = page.getByRole('group', { name: 'Levels' }).getByRole('button', { name: 'Errors' });
  await task('log-errors', 'mouse', async () => {
    await errors.click();
    await expect(log.locator('.log-row', { hasText: /\S/ })).toHaveText([
      'ERROR order 17 failed',
      '    at pay (shop.js:3)',
    ]);
  });
  await expectAccessible(page);
  await page.keyboard.press('Space');
  await expect(log).toContainText('tick');

  await page.getByRole('button', { name: 'Timestamps' }).click();
  await expect(log.locator('.log-time').first()).toHaveText(/^\d\d:\d\d:\d\d\.\d{3}$/);
  await page.getByRole('button', { name: 'Timestamps' }).click();
  await page.getByRole('button', { name: 'Wrap lines' }).click();
  await expect(log).toContainText('tick');

  const downloading = page.waitForEvent('download');
  await task('log-save', 'mouse', () => page.getByRole('button', { name: 'Download log' }).click());
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('talker.log');
  const text = await readFile(await download.path(), 'utf8');
  const lines = text.split('\n');
  // The two streams are separate pipes: only the order within each is certain.
  expect(lines.filter((line) => line.startsWith('line '))).toEqual(
    Array.from({ length: 3000 }, (_, i) => `line ${String(i)}`),
  );
  expect(lines.filter((line) => line === 'a needle here')).toHaveLength(1);
});

test('a line near the end that was searched for stays, however much comes after it', async ({
  page,
  containers,
  engine,
}) => {
  // Two screens, the line, and not enough below it to have it in the middle of the view; then more at a signal.
  const id = await engine.runScript(
    'found',
    'trap "i=0; while [ \\$i -lt 90 ]; do echo later \\$i; i=\\$((i+1)); done" USR1; i=0; while [ $i -lt 90 ]; do echo line $i; i=$((i+1)); done; echo needle; echo last; while true; do sleep 0.1; done',
  );
  await containers.openView('found', 'Logs');
  const log = containers.log();
  await expect(log).toContainText('last');
  // From somewhere else, so that the view comes to its end by the search.
  await log.press('Home');
  await expect(log).toContainText('line 0');
  await page.getByLabel('Find in log').fill('needle');
  await page.keyboard.press('Enter');
  await expect(log.locator('.log-current')).toContainText('needle');
  await engine.api('POST', `/v1.41/containers/${id}/kill?signal=USR1`);
  await expect(page.getByRole('button', { name: '90 new lines' })).toBeVisible();
  await expect(log.locator('.log-current')).toBeInViewport();
  await page.getByRole('button', { name: '90 new lines' }).click();
  await expect(log).toContainText('later 89');
  await expect(page.getByRole('button', { name: /new lines?$/ })).toHaveCount(0);
});

test('a container’s end and second start stay in one log, without a line twice', async ({
  page,
  containers,
  engine,
}) => {
  await engine.runScript('twice', 'echo "run $(cat /proc/uptime)"; sleep 0.3; echo done');
  await containers.openView('twice', 'Logs');
  const done = containers.log().locator('.log-row', { hasText: /^done$/ });
  await expect(done).toHaveCount(1);
  await expect(page.getByRole('main')).toContainText('Exited');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(done).toHaveCount(2);
  await expect(containers.log().locator('.log-row', { hasText: /^run / })).toHaveCount(2);
});
