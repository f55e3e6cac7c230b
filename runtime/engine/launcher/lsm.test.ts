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

test('a name of any length is refused and never cut', async () => {
  const long = { apparmorProfile: 'p'.repeat(5000) };
  await expect(fixture.run(['true'], long)).rejects.toMatchObject({
    kind: 'bad-label',
    message: expect.stringContaining(`"${'p'.repeat(80)}"`),
  });
});
