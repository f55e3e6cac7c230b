import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** How the app can be shown on this machine. */
export type LaunchTarget =
  | { readonly kind: 'electron'; readonly program: string }
  | { readonly kind: 'browser'; readonly program: string }
  | { readonly kind: 'address' };

/** What the choice depends on, handed in so that it can be tested. */
export interface LaunchSurroundings {
  /** Root of the repository or the installation. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isExecutable: (path: string) => Promise<boolean>;
}

/** Browsers that can open an address as a window of its own, the free one first. */
const BROWSERS = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge',
  'brave-browser',
];

/** True when the file exists and may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function firstExecutable(paths: readonly string[], surroundings: LaunchSurroundings): Promise<string | null> {
  for (const path of paths) if (await surroundings.isExecutable(path)) return path;
  return null;
}

/**
 * The first of: Electron, when its binary is there (ELECTRON_OVERRIDE_DIST_PATH or the installed package); an app
 * window of Chromium or a relative of it; the bare address. Without a display only the address makes sense.
 */
export async function chooseLaunchTarget(surroundings: LaunchSurroundings): Promise<LaunchTarget> {
  const { env, root } = surroundings;
  const set = (value: string | undefined): value is string => value !== undefined && value !== '';
  if (!set(env['DISPLAY']) && !set(env['WAYLAND_DISPLAY'])) return { kind: 'address' };
  const override = env['ELECTRON_OVERRIDE_DIST_PATH'];
  const electron = await firstExecutable(
    [...(set(override) ? [join(override, 'electron')] : []), join(root, 'node_modules/electron/dist/electron')],
    surroundings,
  );
  if (electron !== null) return { kind: 'electron', program: electron };
  const directories = (env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(':').filter(Boolean);
  const chosen = env['CHROMIUM_PATH'];
  const browser = await firstExecutable(
    [
      ...(set(chosen) ? [chosen] : []),
      ...BROWSERS.flatMap((name) => directories.map((directory) => join(directory, name))),
    ],
    surroundings,
  );
  return browser === null ? { kind: 'address' } : { kind: 'browser', program: browser };
}

/** Arguments that open `url` as a window of its own, in a profile of its own. */
export function browserArguments(url: string, profile: string, isRoot: boolean): string[] {
  return [
    `--app=${url}`,
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-sync',
    '--window-size=1280,820',
    '--class=berth',
    // Chromium refuses to run as root with its sandbox.
    ...(isRoot ? ['--no-sandbox', '--test-type'] : []),
  ];
}
