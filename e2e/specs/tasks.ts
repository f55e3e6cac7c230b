import type { Effort } from '../fixtures/effort.ts';

/** By what hand a task is done: `mouse` still types what is text, `keyboard` never touches the pointer. */
export type Hand = 'mouse' | 'keyboard';

/** Something that a person wants to get done, and what it costs in this app; left out is none. */
export interface Task {
  readonly title: string;
  /** Where it begins, when that is not the list of containers as the app opens with it. */
  readonly from?: string;
  readonly mouse: Partial<Effort>;
  /** Left out when no spec does it so. */
  readonly keyboard?: Partial<Effort>;
}

/**
 * What people do with the app. Each is done by a spec, by each hand that is named here, and costs exactly this: one
 * step more fails the spec, and one less is to be written down here, so that it stays.
 */
export const TASKS = {
  first: {
    title: 'Get from nothing to a shell in a first container',
    from: 'the first page of a new engine',
    mouse: { clicks: 1 },
    keyboard: { keys: 2 },
  },
  run: {
    title: 'Run a container with a name and a command',
    mouse: { clicks: 4, texts: 2 },
    keyboard: { keys: 4, texts: 2 },
  },
  paste: {
    title: 'Run a docker run line that was found somewhere',
    mouse: { clicks: 2, keys: 1 },
    keyboard: { keys: 3 },
  },
  edit: {
    title: 'Give a container one more variable',
    mouse: { clicks: 4, keys: 1, texts: 2 },
    keyboard: { keys: 5, texts: 2 },
  },
  rename: {
    title: 'Rename a container',
    mouse: { clicks: 2, keys: 1, texts: 1 },
    keyboard: { keys: 3, texts: 2 },
  },
  stop: { title: 'Stop a container', mouse: { clicks: 1 }, keyboard: { keys: 2 } },
  start: { title: 'Start a container', mouse: { clicks: 1 }, keyboard: { keys: 2 } },
  pause: { title: 'Pause a container', mouse: { clicks: 2 }, keyboard: { keys: 2 } },
  'stop-some': {
    title: 'Stop all containers that a word finds',
    mouse: { clicks: 3, texts: 1 },
    keyboard: { keys: 4, texts: 1 },
  },
  'stop-project': { title: 'Stop a Compose project', mouse: { clicks: 1 }, keyboard: { keys: 2 } },
  undo: { title: 'Remove a container and take that back', mouse: { clicks: 2 }, keyboard: { keys: 4 } },
  restore: { title: 'Bring a container back from the trash', mouse: { clicks: 2 }, keyboard: { keys: 4 } },
  'empty-trash': { title: 'Empty the trash', mouse: { clicks: 3 }, keyboard: { keys: 6 } },
  log: { title: 'Follow the log of a container', mouse: { clicks: 1 }, keyboard: { keys: 2 } },
  'log-search': {
    title: 'Find a word in a log',
    from: 'the log',
    mouse: { clicks: 1, keys: 1, texts: 1 },
    keyboard: { keys: 2, texts: 1 },
  },
  'log-errors': { title: 'See only the errors of a log', from: 'the log', mouse: { clicks: 1 }, keyboard: { keys: 2 } },
  'log-save': { title: 'Save a log as a file', from: 'the log', mouse: { clicks: 1 }, keyboard: { keys: 1 } },
  merged: {
    title: 'Read the logs of all running containers as one',
    mouse: { clicks: 2 },
    keyboard: { keys: 4 },
  },
  shell: { title: 'Open a shell in a container', mouse: { clicks: 1 }, keyboard: { keys: 2 } },
  'shell-more': {
    title: 'Open a second shell in the same container',
    from: 'the shell',
    mouse: { clicks: 1 },
    keyboard: { keys: 1 },
  },
  'host-shell': { title: 'Open a shell of this computer', mouse: { clicks: 1 }, keyboard: { keys: 1 } },
  'file-edit': {
    title: 'Edit a file in a container',
    mouse: { clicks: 6, keys: 1, texts: 1 },
    keyboard: { keys: 10, texts: 1 },
  },
  upload: { title: 'Put a file into a volume', from: 'the volume', mouse: { clicks: 1 }, keyboard: { keys: 2 } },
  permissions: {
    title: 'Change the permissions of a file',
    from: 'the volume',
    mouse: { clicks: 3, texts: 1 },
    keyboard: { keys: 4, texts: 1 },
  },
  changes: { title: 'See what a container changed of its image', mouse: { clicks: 2 }, keyboard: { keys: 3 } },
  stats: { title: 'See what a container uses', mouse: { clicks: 2 }, keyboard: { keys: 3 } },
  snapshot: { title: 'Keep the state of a container', mouse: { clicks: 2 }, keyboard: { keys: 2 } },
  'go-back': {
    title: 'Go back to a kept state of a container',
    mouse: { clicks: 4 },
    keyboard: { keys: 7 },
  },
  pull: {
    title: 'Pull an image',
    mouse: { clicks: 2, keys: 1, texts: 1 },
    keyboard: { keys: 3, texts: 2 },
  },
  'run-image': { title: 'Run an image as it is', mouse: { clicks: 3 }, keyboard: { keys: 5 } },
  tag: {
    title: 'Give an image another name',
    mouse: { clicks: 3, keys: 1, texts: 1 },
    keyboard: { keys: 3, texts: 2 },
  },
  push: { title: 'Push an image', from: 'the list of images', mouse: { clicks: 2 }, keyboard: { keys: 2, texts: 1 } },
  layers: { title: 'See what the layers of an image brought', mouse: { clicks: 3 }, keyboard: { keys: 5 } },
  'load-image': { title: 'Load images from a file', mouse: { clicks: 2 }, keyboard: { keys: 2, texts: 1 } },
  'prune-images': {
    title: 'Remove all images that nothing uses',
    mouse: { clicks: 4 },
    keyboard: { keys: 3, texts: 1 },
  },
  volume: {
    title: 'Make a volume',
    mouse: { clicks: 2, keys: 1, texts: 1 },
    keyboard: { keys: 3, texts: 2 },
  },
  clone: {
    title: 'Clone a volume',
    mouse: { clicks: 3, keys: 1, texts: 1 },
    keyboard: { keys: 3, texts: 2 },
  },
  'back-up': { title: 'Back up a volume to a file', mouse: { clicks: 3 }, keyboard: { keys: 2, texts: 1 } },
  'restore-volume': {
    title: 'Restore a volume from a file',
    from: 'the list of volumes',
    mouse: { clicks: 2, keys: 1, texts: 1 },
    keyboard: { keys: 3, texts: 2 },
  },
  network: {
    title: 'Make a network with a subnet',
    mouse: { clicks: 3, keys: 1, texts: 2 },
    keyboard: { keys: 5, texts: 3 },
  },
  connect: {
    title: 'Connect the only container to a network, with an address',
    from: 'the network',
    mouse: { clicks: 2, keys: 1, texts: 1 },
    keyboard: { keys: 5, texts: 2 },
  },
  picture: { title: 'See which containers reach each other', mouse: { clicks: 2 }, keyboard: { keys: 5 } },
  disconnect: { title: 'Disconnect a container', from: 'the network', mouse: { clicks: 1 }, keyboard: { keys: 3 } },
  up: {
    title: 'Bring a Compose project up',
    mouse: { clicks: 3, keys: 1, texts: 1 },
    keyboard: { keys: 4, texts: 2 },
  },
  scale: {
    title: 'Have one container of a service more',
    from: 'the project',
    mouse: { clicks: 1 },
    keyboard: { keys: 2 },
  },
  'compose-edit': {
    title: 'Add a service to a project and bring it up',
    from: 'the project',
    mouse: { clicks: 3, keys: 1, texts: 1 },
    keyboard: { keys: 4, texts: 1 },
  },
  down: {
    title: 'Take a Compose project down',
    from: 'the project',
    mouse: { clicks: 3 },
    keyboard: { keys: 3, texts: 1 },
  },
  build: {
    title: 'Build an image from a folder',
    mouse: { clicks: 3, keys: 1, texts: 2 },
    keyboard: { keys: 4, texts: 3 },
  },
  'build-again': { title: 'Build it again', from: 'the build', mouse: { clicks: 1 }, keyboard: { keys: 1 } },
  compare: {
    title: 'Compare a build with the one before',
    from: 'the build',
    mouse: { clicks: 2 },
    keyboard: { keys: 3 },
  },
  dockerfile: {
    title: 'Edit the Dockerfile of a build that failed',
    from: 'the build',
    mouse: { clicks: 2 },
    keyboard: { keys: 3 },
  },
  disk: { title: 'Remove what stopped containers take', mouse: { clicks: 3 }, keyboard: { keys: 3, texts: 1 } },
  engine: {
    title: 'Add another engine and look at it',
    mouse: { clicks: 3, keys: 1, texts: 2 },
    keyboard: { keys: 4, texts: 3 },
  },
  palette: { title: 'Find anything by its name', mouse: { clicks: 2, texts: 1 }, keyboard: { keys: 2, texts: 1 } },
  theme: { title: 'Switch between light and dark', mouse: { clicks: 2 }, keyboard: { keys: 2, texts: 1 } },
  language: { title: 'Have everything in German', mouse: { clicks: 2 }, keyboard: { keys: 2, texts: 1 } },
  'engine-stop': { title: 'Stop the engine', mouse: { clicks: 2 }, keyboard: { keys: 2, texts: 1 } },
} as const satisfies Readonly<Record<string, Task>>;

/** A task's short name. */
export type TaskName = keyof typeof TASKS;

/** What a task costs by one hand, or null if no spec does it so. */
export function costOf(name: TaskName, hand: Hand): Effort | null {
  const task: Task = TASKS[name];
  const cost = task[hand];
  return cost === undefined ? null : { clicks: 0, keys: 0, texts: 0, ...cost };
}
