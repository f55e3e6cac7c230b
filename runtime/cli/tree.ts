import type { Command } from './command.ts';
import { build, builderPrune } from './commands/build.ts';
import { commit, diff, exportFiles, update } from './commands/content.ts';
import { kill, pause, port, rename, restart, rm, stop, top, unpause, wait } from './commands/containers.ts';
import { fromHost, importImage, load, rmi, save, tag } from './commands/images.ts';
import {
  containerInspect,
  imageInspect,
  inspect,
  networkInspect,
  pluginInspect,
  volumeInspect,
} from './commands/inspect.ts';
import {
  contextCreate,
  contextExport,
  contextImport,
  contextRemove,
  contextUpdate,
} from './commands/context-changes.ts';
import { contextInspect, contextList, contextShow, contextUse } from './commands/contexts.ts';
import { checkpointCreate, checkpointList, checkpointRemove } from './commands/checkpoints.ts';
import { copy } from './commands/copy.ts';
import { debug } from './commands/debug.ts';
import { dialStdio } from './commands/dial-stdio.ts';
import { systemDf } from './commands/disk-usage.ts';
import { login, logout } from './commands/login.ts';
import {
  manifestAnnotate,
  manifestCreate,
  manifestInspect,
  manifestPush,
  manifestRemove,
} from './commands/manifests.ts';
import { events } from './commands/events.ts';
import { info } from './commands/info.ts';
import { stats } from './commands/stats.ts';
import { history, images, networkList, ps, search, volumeList } from './commands/lists.ts';
import { networkConnect, networkCreate, networkDisconnect, networkRemove } from './commands/networks.ts';
import { pluginCreate, pluginDisable, pluginEnable, pluginList, pluginRemove, pluginSet } from './commands/plugins.ts';
import { pluginInstall, pluginPush, pluginUpgrade } from './commands/plugin-transfers.ts';
import { containerPrune, imagePrune, networkPrune, systemPrune, volumePrune } from './commands/prune.ts';
import { pull, push } from './commands/pull.ts';
import { create, run } from './commands/run.ts';
import { attach, exec, logs, start } from './commands/streams.ts';
import { version } from './commands/version.ts';
import { volumeCreate, volumeRemove, volumeUpdate } from './commands/volumes.ts';
import { COMPOSE_COMMANDS } from './compose/commands.ts';

type Verbs = Readonly<Record<string, Command>>;

/** Commands that stand alone, and under `container` too. */
const CONTAINER_VERBS: Verbs = {
  attach,
  commit,
  cp: copy,
  create,
  debug,
  diff,
  exec,
  export: exportFiles,
  kill,
  logs,
  pause,
  port,
  rename,
  restart,
  rm,
  run,
  start,
  stats,
  stop,
  top,
  unpause,
  update,
  wait,
};

/** Commands that stand alone, and under `image` too. */
const IMAGE_VERBS: Verbs = { build, history, import: importImage, load, pull, push, save, tag };

/** Commands of one word. */
export const COMMANDS: Verbs = {
  ...CONTAINER_VERBS,
  ...IMAGE_VERBS,
  events,
  images,
  info,
  inspect,
  login,
  logout,
  ps,
  rmi,
  search,
  version,
};

/** Commands of two words, as `container ls`: each with the names docker knows it by. */
export const GROUPS: Readonly<Record<string, Verbs>> = {
  compose: COMPOSE_COMMANDS,
  builder: { build, prune: builderPrune },
  checkpoint: {
    create: checkpointCreate,
    ls: checkpointList,
    list: checkpointList,
    rm: checkpointRemove,
    remove: checkpointRemove,
  },
  container: { ...CONTAINER_VERBS, inspect: containerInspect, ls: ps, list: ps, ps, prune: containerPrune, remove: rm },
  context: {
    create: contextCreate,
    export: contextExport,
    import: contextImport,
    inspect: contextInspect,
    ls: contextList,
    list: contextList,
    rm: contextRemove,
    remove: contextRemove,
    show: contextShow,
    update: contextUpdate,
    use: contextUse,
  },
  image: {
    ...IMAGE_VERBS,
    'from-host': fromHost,
    inspect: imageInspect,
    ls: images,
    list: images,
    prune: imagePrune,
    rm: rmi,
    remove: rmi,
  },
  manifest: {
    annotate: manifestAnnotate,
    create: manifestCreate,
    inspect: manifestInspect,
    push: manifestPush,
    rm: manifestRemove,
  },
  network: {
    connect: networkConnect,
    create: networkCreate,
    disconnect: networkDisconnect,
    inspect: networkInspect,
    ls: networkList,
    list: networkList,
    prune: networkPrune,
    rm: networkRemove,
    remove: networkRemove,
  },
  plugin: {
    create: pluginCreate,
    disable: pluginDisable,
    enable: pluginEnable,
    inspect: pluginInspect,
    install: pluginInstall,
    ls: pluginList,
    list: pluginList,
    push: pluginPush,
    rm: pluginRemove,
    remove: pluginRemove,
    set: pluginSet,
    upgrade: pluginUpgrade,
  },
  system: { 'dial-stdio': dialStdio, df: systemDf, events, info, prune: systemPrune },
  volume: {
    create: volumeCreate,
    inspect: volumeInspect,
    ls: volumeList,
    list: volumeList,
    prune: volumePrune,
    rm: volumeRemove,
    remove: volumeRemove,
    update: volumeUpdate,
  },
};

/** Commands of one word that `container`, `image` or `system` have too, and that help may leave out. */
export const LEGACY_COMMANDS: ReadonlySet<string> = new Set([
  ...Object.keys(CONTAINER_VERBS).filter((name) => !['exec', 'run'].includes(name)),
  ...['events', 'history', 'import', 'inspect', 'load', 'rmi', 'save', 'tag'],
]);

/** What the groups are for. */
export const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  compose: 'Applications of several containers, described in a Compose file',
  builder: 'Commands on builds',
  checkpoint: 'Commands on checkpoints, which only an experimental dockerd has',
  container: 'Commands on containers',
  context: "Commands on docker's contexts",
  image: 'Commands on images',
  manifest: 'Lists of images for several platforms, under one name',
  network: 'Commands on networks',
  plugin: 'Commands on plugins, which only dockerd has',
  system: 'Commands on the engine',
  volume: 'Commands on volumes',
};

/** The command that words name, with the words left over; null when there is none. */
export function findCommand(
  words: readonly string[],
): { chosen: Command; rest: readonly string[]; name: string } | null {
  const [first = '', second = '', ...more] = words;
  const group = own(GROUPS, first);
  const chosen = group === undefined ? own(COMMANDS, first) : own(group, second);
  if (chosen === undefined) return null;
  return group === undefined
    ? { chosen, rest: words.slice(1), name: first }
    : { chosen, rest: more, name: `${first} ${second}` };
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
