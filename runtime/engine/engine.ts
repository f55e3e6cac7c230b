import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../common/logger.ts';
import { isOwnDirectory } from '../common/own-directory.ts';
import { projectRoot } from '../common/project-root.ts';
import type { Host } from './api/hosts.ts';
import { checkSecurity, NO_SECURITY, openListeners, type Listener, type Security } from './api/listeners.ts';
import { createRouter } from './api/routes.ts';
import { createApiServer } from './api/server.ts';
import { ownNames } from './api/web-pages.ts';
import { recoverBuilds } from './build/recovery.ts';
import { emptyTrash, recoverContainers } from './containers/recovery.ts';
import { MANAGED_FILE } from './configuration/managed.ts';
import { reloadSettings, type ReloadParts } from './configuration/reload.ts';
import { Settings } from './configuration/settings.ts';
import { buildParts, collectRemovedImages, scopeRecord, type EngineParts } from './engine-parts.ts';
import { EngineError } from './errors.ts';
import { openLauncher } from './launcher/client.ts';
import { networkId } from './network/networks.ts';
import { followLauncher, removeCgroupParents } from './system/cgroups.ts';
import { EngineLimits } from './system/engine-limits.ts';
import { delegatedParent, delegationWrapper } from './system/delegation.ts';
import { assertSocketFree, lockDataRoot, type DataRootLock } from './system/lock.ts';
import type { EnginePaths } from './system/paths.ts';
import type { AddedRuntime } from './system/runtimes.ts';

/** Version of the engine, from package.json. */
const ENGINE_VERSION = (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string })
  .version;

/** How an engine is started. */
export interface EngineOptions {
  /** By default the socket of the paths alone. */
  readonly hosts?: readonly Host[];
  readonly security?: Security;
  /** OCI runtimes beside those that are found. */
  readonly runtimes?: readonly AddedRuntime[];
  /** Name of the one for containers that ask for none; by default the launcher. */
  readonly defaultRuntime?: string;
  /** By default `engine.json` in the data root. */
  readonly configurationFile?: string;
  /** The administrator's, by default `MANAGED_FILE`; root's engine alone may be given another. */
  readonly managedFile?: string;
}

/** A running engine. */
export interface Engine {
  /** Where it answers. */
  readonly listeners: readonly Listener[];
  /** Reads the configuration file again, as dockerd does at SIGHUP; a wrong one is told in the log and changes nothing. */
  reload(): void;
  /** Stops answering. Containers go on; nothing depends on this being called. */
  close(): Promise<void>;
}

/**
 * Starts the engine on `paths` and finds again what a former one left running. Resolves when the socket answers.
 * Throws EngineError `conflict` when the data root or the socket is in use.
 */
export async function startEngine(paths: EnginePaths, logger: Logger, options: EngineOptions = {}): Promise<Engine> {
  const hosts = options.hosts ?? [{ kind: 'unix', path: paths.socket }];
  const security = options.security ?? NO_SECURITY;
  const warnings = checkSecurity(hosts, security);
  for (const warning of warnings) logger.warn(warning);
  if (options.managedFile !== undefined && process.getuid?.() !== 0)
    throw new EngineError('forbidden', 'only the engine of root can be given another file of managed settings');
  makeRoots(paths);
  const lock = lockDataRoot(paths.dataRoot);
  try {
    // Before anything is touched that another engine may be using.
    for (const host of hosts) if (host.kind === 'unix') await assertSocketFree(host.path);
    const settings = Settings.open(
      options.configurationFile ?? join(paths.dataRoot, 'engine.json'),
      options.managedFile ?? MANAGED_FILE,
    );
    let restore: (pid: number) => Promise<void> = () => Promise.resolve();
    const uid = process.getuid?.() ?? 0;
    const wrapper = uid === 0 ? undefined : delegationWrapper(process.env, uid);
    const binary = process.env['BERTH_LAUNCHER'];
    const launcher = await openLauncher({
      runDirectory: paths.execRoot,
      onRestart: (pid) => restore(pid),
      ...(wrapper === undefined ? {} : { wrapper }),
      ...(binary === undefined ? {} : { binary }),
    });
    logger.setDebug?.(settings.current.debug);
    const parts = await buildParts(paths, launcher, logger, options, settings);
    const limits = new EngineLimits(parts.cgroups);
    const apply = (): void => {
      applySettings(parts, limits, logger);
    };
    restore = (pid) => {
      if (launcher.rootless && followLauncher(parts.cgroups, delegatedParent(pid, scopeRecord(paths)))) apply();
      return parts.networks.restore();
    };
    await recoverBuilds(parts);
    await launcher.spreadSubdirectories(UNRELATED.map((name) => join(paths.dataRoot, name)));
    const starts = await recoverContainers({
      ...parts,
      trashed: parts.trash.list().map(({ record }) => record.id),
      logger,
    });
    apply();
    await parts.volumes.settle();
    await recoverNetworks(parts);
    emptyTrash(paths.dataRoot, launcher).catch((error: unknown) => {
      logger.warn('the trash could not be emptied', { error });
    });
    const reload: ReloadParts = {
      settings,
      events: parts.events,
      logger,
      engineId: networkId(paths.dataRoot, 'engine'),
      hostname: parts.host.hostname,
      apply,
    };
    const router = createRouter(parts, ENGINE_VERSION, reload, () => [
      ...warnings,
      ...parts.apparmor.warnings,
      ...parts.selinux.warnings,
      ...limits.warnings,
      ...parts.diskLimit.warnings,
    ]);
    const names = ownNames(hosts);
    const listeners = await openListeners(hosts, security, (tls) =>
      createApiServer(router, { version: ENGINE_VERSION, logger, tls, names }),
    );
    starts.begin();
    parts.trash.start();
    collectRemovedImages(parts.images, logger);
    return {
      listeners,
      reload: () => {
        try {
          reloadSettings(reload);
        } catch (error) {
          logger.error('the configuration was not read again', { error });
        }
      },
      close: () => close(parts, listeners, lock),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Directories of the data root with a subdirectory for each container, volume, layer and step of a build. In one place of
 * an ext4 without a journal, those that are removed would make the next ones slow.
 */
const UNRELATED = ['containers', 'volumes', 'layers/.new', 'build/work'];

/** What settings are in force for beyond what asks them each time: limits, and plans that were made by earlier ones. */
function applySettings({ registry, planner, settings }: EngineParts, limits: EngineLimits, logger: Logger): void {
  limits.apply(settings.current.resources, () =>
    registry.all().flatMap(({ running, record }) => (running ? planner.quotaUpdate(record) : [])),
  );
  for (const warning of limits.warnings) logger.warn(warning);
  for (const handle of registry.all()) handle.plan = null;
}

function makeRoots(paths: EnginePaths): void {
  // Other users must not reach set-id files inside layers (CVE-2021-41091), also by a path they can guess. Rootless, the
  // containers' root is this user, who passes as the owner.
  mkdirSync(paths.dataRoot, { recursive: true, mode: 0o700 });
  chmodSync(paths.dataRoot, 0o700);
  for (const name of ['containers', 'volumes', 'trash']) {
    mkdirSync(join(paths.dataRoot, name), { recursive: true, mode: 0o711 });
  }
  mkdirSync(paths.execRoot, { recursive: true, mode: 0o700 });
  assertOwn(paths.execRoot);
  mkdirSync(join(paths.execRoot, 'm'), { recursive: true, mode: 0o700 });
}

/** In /tmp anybody can make a directory first: sockets go only where nobody else can reach them. */
function assertOwn(directory: string): void {
  if (isOwnDirectory(directory)) return;
  throw new EngineError('forbidden', `${directory} must be a directory of this user with mode 0700`);
}

/**
 * Takes off the host what belongs to networks and containers that are gone, and asserts the rules that hold for those
 * that run: someone may have flushed them meanwhile.
 */
async function recoverNetworks({ networks, networking, names, registry }: EngineParts): Promise<void> {
  const containers = registry.all().map(({ id }) => id);
  networking.forgetOthers(new Set(containers));
  names.settle(new Set([...containers, ...networks.list().map(({ id }) => id)]));
  await networks.sweep();
  // Never fails, and nobody need wait for it.
  if (registry.all().some((handle) => handle.running)) void networks.assertRules();
}

async function close(parts: EngineParts, listeners: readonly Listener[], lock: DataRootLock): Promise<void> {
  const { registry, networks, launcher, images, database } = parts;
  for (const listener of listeners) listener.close();
  parts.trash.close();
  parts.uplink.close();
  await parts.buildkit.builds.close();
  parts.buildkit.sessions.close();
  await parts.builder.close();
  const isIdle = registry.all().every((handle) => !handle.running);
  // Rootless, the interfaces are in the launcher's namespace and go with it.
  if (isIdle && !launcher.rootless) await networks.dismantle();
  if (isIdle) removeCgroupParents(parts.cgroups);
  for (const handle of registry.all()) handle.supervised?.release();
  await images.close();
  parts.cacheCollector.close();
  parts.buildCache.close();
  await launcher.close();
  parts.eventStore.flush();
  database.close();
  lock.release();
}
