import { PAGE_ORIGIN } from './window-options.ts';

/** Scheme of addresses that other programs and pages may open in the app. */
export const LINK_SCHEME = 'berth';
/** Longest address that is looked at. An image's name has at most 255 characters, each of them may be escaped. */
const MAX_LINK_LENGTH = 1024;
/** Screens that can be shown, and whether one thing on them can be named. */
const SCREENS: Readonly<Record<string, boolean>> = {
  containers: true,
  images: true,
  volumes: true,
  networks: true,
  compose: true,
  builds: true,
  logs: true,
  events: false,
  disk: false,
  engine: false,
  registries: false,
  settings: false,
  about: false,
};

/**
 * The page's address for a link like `berth://containers/web`, or null. A link only ever shows something: whoever
 * wrote it may mean ill, so there is none that runs, stops or removes.
 */
export function linkedPage(link: unknown): string | null {
  if (typeof link !== 'string' || link.length > MAX_LINK_LENGTH) return null;
  const match = /^berth:\/\/([a-z]+)(?:\/([\w.:@%/-]*))?$/.exec(link);
  if (match === null) return null;
  const [, screen = '', rest = ''] = match;
  const takesName = Object.hasOwn(SCREENS, screen) ? SCREENS[screen] : undefined;
  if (takesName === undefined) return null;
  const name = decoded(rest.replace(/\/$/, ''));
  if (name === null || (name !== '' && (!takesName || !isName(name)))) return null;
  return `${PAGE_ORIGIN}/#/${screen}${name === '' ? '' : `/${encodeURIComponent(name)}`}`;
}

/** The link among the words that a second start of the app was given, or null. */
export function linkIn(words: readonly string[]): string | null {
  return words.find((word) => word.startsWith(`${LINK_SCHEME}:`)) ?? null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Names of containers, volumes, networks, projects, and references of images. */
function isName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.:@/-]{0,300}$/.test(name) && !name.includes('..');
}
