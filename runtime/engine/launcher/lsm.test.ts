import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fixture, processPlan } from './testing/fixture.ts';

/** In no host's policy, and on hosts without AppArmor nothing that could be entered. */
const ABSENT = { apparmorProfile: 'no-such-profile' };

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.open();
});
afterAll(async () => {
  await fixture.close();
});

test.each([false, true])('a profile that cannot be entered ends the launch (init: %s)', async (init) => {
  const plan = await fixture.plan(processPlan(['true'], ABSENT), { init });
  await expect(fixture.launcher.launch(plan)).rejects.toMatchObject({
    kind: 'bad-label',
    message: expect.stringContaining('unable to apply apparmor profile "no-such-profile": '),
  });
});

test.each([false, true])('and an exec (restricted before its birth: %s), but not the container', async (before) => {
  const target = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60'])));
  await target.start();
  const plan = { ...fixture.execPlan(target, processPlan(['true'], ABSENT)), restrictBeforeBirth: before };
  await expect(fixture.launcher.exec(plan)).rejects.toMatchObject({ kind: 'bad-label' });
  const other = await fixture.finish(await fixture.launcher.exec(fixture.execPlan(target, processPlan(['true']))));
  expect(other.exitCode).toBe(0);
  await target.kill(9);
  await target.exited;
});

/** What no policy knows, and a host without SELinux takes of nobody. */
const NO_LABEL = { selinuxLabel: 'no_u:no_r:no_such_t:s0:c1,c2', mountLabel: '' };

test.each([false, true])('an SELinux label that cannot be given ends the launch (init: %s)', async (init) => {
  const plan = await fixture.plan(processPlan(['true'], NO_LABEL), { init });
  await expect(fixture.launcher.launch(plan)).rejects.toMatchObject({
    kind: 'bad-label',
    message: expect.stringContaining('unable to apply SELinux label "no_u:no_r:no_such_t:s0:c1,c2": '),
  });
});

test.each([false, true])('and an exec (restricted before its birth: %s), not the container', async (before) => {
  const target = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60'])));
  await target.start();
  const plan = { ...fixture.execPlan(target, processPlan(['true'], NO_LABEL)), restrictBeforeBirth: before };
  await expect(fixture.launcher.exec(plan)).rejects.toMatchObject({ kind: 'bad-label' });
  await target.kill(9);
  await target.exited;
});

test('a label of files that no filesystem takes ends the launch', async () => {
  const plan = await fixture.plan(processPlan(['true'], { mountLabel: 'no_u:object_r:no_such_t:s0' }));
  await expect(fixture.launcher.launch(plan)).rejects.toMatchObject({ kind: 'bad-mount' });
});

test.each(['a"b', 'a\\b', 'a\nb', 'l'.repeat(5000)])('what is no label is not taken: %j', async (label) => {
  for (const labels of [{ selinuxLabel: label }, { mountLabel: label }])
    await expect(fixture.run(['true'], labels)).rejects.toMatchObject({ kind: 'bad-label' });
});

test('a name of any length is refused and never cut', async () => {
  const long = { apparmorProfile: 'p'.repeat(5000) };
  await expect(fixture.run(['true'], long)).rejects.toMatchObject({
    kind: 'bad-label',
    message: expect.stringContaining(`"${'p'.repeat(80)}"`),
  });
});
