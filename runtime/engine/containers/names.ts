import { randomInt } from 'node:crypto';
import { EngineError } from '../errors.ts';

const ADJECTIVES = (
  'able amber anchored brave breezy bright brisk calm candid clear coastal crisp deep eager early easy fair fleet fond ' +
  'fresh gentle glad golden grand happy hardy hearty honest humble jolly keen kind light lively lucid lucky mellow ' +
  'merry mild misty nimble noble northern open patient plain polite proud quick quiet rapid ready salty serene sharp ' +
  'silver sleek smart snug sober solid southern spry stable steady still sunny swift tidy tranquil trim true vivid warm wise'
).split(' ');

const SHIPS = (
  'barge barque boat bosun brig buoy cable cannery captain cargo catamaran clipper compass coracle corvette crane crew ' +
  'cutter deck dhow dinghy dock dory ferry frigate galley galleon gangway harbour hatch helm hull jetty junk kayak keel ' +
  'ketch lantern launch liner lugger mast mate navigator packet pier pilot pinnace port prow punt purser quay raft ' +
  'rigger rudder sailor schooner scow sextant shallop skiff skipper sloop stern tanker tender tiller trawler tug wharf yacht yawl'
).split(' ');

/** A random name for a container that was given none; `taken` says which are in use. */
export function randomName(taken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt += 1) {
    const base = `${pick(ADJECTIVES)}_${pick(SHIPS)}`;
    // After 6 tries a number makes it unique, as Docker does.
    const name = attempt < 6 ? base : `${base}${randomInt(10 ** Math.min(attempt - 5, 9))}`;
    if (!taken(name)) return name;
  }
}

function pick(list: readonly string[]): string {
  return list[randomInt(list.length)] ?? 'berth';
}

/** Docker's RestrictedNameChars. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Checks a name a person gave, without its optional leading slash. Throws `invalid`. */
export function checkedName(given: string): string {
  const name = given.startsWith('/') ? given.slice(1) : given;
  if (!NAME.test(name)) {
    throw new EngineError('invalid', `Invalid container name (${given}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
  }
  return name;
}
