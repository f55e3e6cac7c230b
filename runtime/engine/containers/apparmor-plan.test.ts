import { expect, it } from 'vitest';
import { apparmorProfile } from './apparmor-plan.ts';

const NONE = { isEnabled: false, defaultProfile: '' };
const USER = { isEnabled: true, defaultProfile: '' };
const SYSTEM = { isEnabled: true, defaultProfile: 'berth-default' };

it.each([
  [[], false, { none: '', user: '', system: 'berth-default' }],
  [['apparmor='], false, { none: '', user: '', system: 'berth-default' }],
  [['apparmor=mine'], false, { none: '', user: 'mine', system: 'mine' }],
  [['apparmor:mine'], false, { none: '', user: 'mine', system: 'mine' }],
  [['apparmor=a', 'apparmor=b'], false, { none: '', user: 'b', system: 'b' }],
  [['apparmor=unconfined'], false, { none: '', user: '', system: 'unconfined' }],
  [['apparmor=docker-default'], false, { none: '', user: 'docker-default', system: 'berth-default' }],
  [['apparmor=berth-default'], false, { none: '', user: 'berth-default', system: 'berth-default' }],
  [[], true, { none: '', user: '', system: 'unconfined' }],
  [['apparmor=mine'], true, { none: '', user: '', system: 'unconfined' }],
])('%j, privileged: %s', (SecurityOpt, Privileged, expected) => {
  const profile = (facts: typeof NONE): string => apparmorProfile({ SecurityOpt, Privileged }, facts);
  expect({ none: profile(NONE), user: profile(USER), system: profile(SYSTEM) }).toEqual(expected);
});
