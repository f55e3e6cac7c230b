/**
 * The bridge: implements the contract over the Docker Engine API of one socket. It knows nothing of Electron, of the
 * page, or of which engine is behind the socket. Start reading here.
 */
import type { EngineInfo } from '../contract/contract.ts';
import type { Alert } from '../contract/alerts.ts';
import type { DoctorFinding } from '../contract/system.ts';
import { BridgeError } from '../rpc/error.ts';
import type { Handlers } from '../rpc/server.ts';
import { AlertService } from './alerts/service.ts';
import { PageSettings } from './page-settings.ts';
import { AutostartService } from './autostart.ts';
import { BackupService } from './backups/service.ts';
import { BuildService } from './builds/service.ts';
import { ComposeService } from './compose.ts';
import { ContainerService } from './containers.ts';
import { createProject } from './create-project.ts';
import { DockerClient } from './docker-client.ts';
import type { DockerInfo, DockerVersion } from './docker-types.ts';
import { EndpointService } from './endpoints.ts';
import { configureEngine, engineConfiguration } from './engine-configuration.ts';
import { FileService } from './files.ts';
import { ImageContentService } from './image-content.ts';
import { ImageService } from './images.ts';
import { searchLogs } from './logs/log-search.ts';
import { MigrationService } from './migrate.ts';
import { NetworkService } from './networks.ts';
import { ExternalTerminalService } from './external-terminal.ts';
import { editedBody } from './edited-body.ts';
import { bodyLike, replaceContainer } from './recreate.ts';
import { RegistryService } from './registries.ts';
import { ResetService } from './reset.ts';
import { SessionService } from './sessions.ts';
import { StatsHistory } from './stats-history/history.ts';
import { measureAll, StatsService, type DockerStats } from './stats.ts';
import { followEvents, followLogs } from './streams.ts';
import { diskUsage, prune } from './system.ts';
import { createRequest } from './translate.ts';
import { TrashService } from './trash.ts';
import { VolumeService } from './volumes.ts';
import { workRuns } from './work-runs.ts';
import { WorkService } from './works.ts';

/** What the host of the bridge lends it. */
export interface BridgeOptions {
  /** Unix socket of the engine. */
  readonly socketPath: string;
  /** Starts, stops or restarts the engine; left out when the host did not start it. */
  readonly controlEngine?: (action: 'start' | 'stop' | 'restart') => Promise<void>;
  /** Told of alerts on logs while no page is there to show them. */
  readonly onUnseenAlert?: (alert: Alert) => void;
  /** Our own command line with what runs it, for a terminal of the desktop; looked for on the path when left out. */
  readonly command?: readonly string[];
  /** What a desktop starts at login so that the engine runs; left out when nobody knows. */
  readonly autostart?: readonly string[];
  /** Examines the machine and the engine's store; left out where the host has no engine of its own. */
  readonly examine?: (deep: boolean, signal: AbortSignal) => Promise<readonly DoctorFinding[]>;
}

/** How long making the image of this computer's tools may take, in milliseconds. */
const STARTER_MS = 180_000;

export interface Bridge {
  readonly handlers: Handlers;
  /** Ends sessions and idle connections. */
  dispose(): void;
}

export function createBridge(options: BridgeOptions): Bridge {
  const docker = new DockerClient(options.socketPath);
  const alerts = new AlertService(docker, options.onUnseenAlert ?? (() => {}));
  const builds = new BuildService(docker);
  const compose = new ComposeService(docker);
  const containers = new ContainerService(docker);
  const images = new ImageService(docker);
  const sessions = new SessionService(docker, () => images.fromHost(AbortSignal.timeout(STARTER_MS)));
  const content = new ImageContentService(docker);
  const endpoints = new EndpointService(docker, options.socketPath);
  const migration = new MigrationService(docker, endpoints);
  const reset = new ResetService(docker, endpoints);
  const terminals = new ExternalTerminalService(docker, options.command ?? []);
  const settings = new PageSettings();
  const autostart = new AutostartService(options.autostart ?? []);
  const files = new FileService(docker);
  const networks = new NetworkService(docker);
  const registries = new RegistryService(docker);
  const stats = new StatsService(docker);
  const lastMinute = new Map<string, DockerStats>();
  const history = new StatsHistory({ measure: () => measureAll(docker, lastMinute) });
  history.start();
  const trash = new TrashService(docker);
  const volumes = new VolumeService(docker);
  const backups = new BackupService({ volumes, engine: () => endpoints.current });
  const works = new WorkService(workRuns(docker, { backups, builds, migration, reset }));
  const act =
    (action: Parameters<ContainerService['act']>[1]) =>
    (input: { id: string }, signal: AbortSignal): Promise<Record<string, never>> =>
      containers.act(input.id, action, signal);
  const handlers: Handlers = {
    'engine.info': (_, signal) => engineInfo(docker, options.controlEngine !== undefined && endpoints.isOwn, signal),
    'engine.control': async ({ action }) => {
      if (options.controlEngine === undefined) {
        throw new BridgeError('unsupported', 'This engine was not started by the app, so the app does not stop it.');
      }
      await options.controlEngine(action);
      return {};
    },
    'engine.configuration': (_, signal) => engineConfiguration(docker, signal),
    'engine.configure': ({ text }) => configureEngine(docker, text),
    'system.df': (_, signal) => diskUsage(docker, signal),
    'system.prune': ({ what }, signal) => prune(docker, what, signal),
    'system.doctor': ({ deep }, signal) => {
      if (options.examine === undefined || !endpoints.isOwn) {
        throw new BridgeError('unsupported', 'Only the app’s own engine can be examined from here.');
      }
      return options.examine(deep, signal);
    },
    'alerts.rules': () => alerts.rules(),
    'alerts.save': (rule) => alerts.save(rule),
    'alerts.remove': ({ id }) => alerts.remove(id),
    'alerts.clear': () => alerts.clear(),
    'alerts.follow': (_, channel) => alerts.follow(channel),
    'engines.list': () => endpoints.list(),
    'engines.use': ({ name }) => endpoints.use(name),
    'engines.add': (input) => endpoints.add(input),
    'engines.remove': ({ name }) => endpoints.remove(name),
    'migrate.sources': () => migration.sources(),
    'migrate.look': ({ source }, signal) => migration.look(source, signal),
    'reset.contents': (_, signal) => reset.contents(signal),
    'registries.list': () => registries.list(),
    'registries.login': (input, signal) => registries.login(input, signal),
    'registries.tags': ({ repository, next }, signal) => registries.tags(repository, next, signal),
    'registries.repositories': ({ registry, next }, signal) => registries.repositories(registry, next, signal),
    'registries.logout': ({ registry }) => registries.logout(registry),
    'volumes.list': (_, signal) => volumes.list(signal),
    'volumes.sizes': (_, signal) => volumes.sizes(signal),
    'volumes.create': (input, signal) => volumes.create(input, signal),
    'volumes.remove': ({ name }, signal) => volumes.remove(name, signal),
    'volumes.prune': ({ all }, signal) => volumes.prune(all, signal),
    'volumes.backup': ({ name }, channel) => volumes.backup(name, channel),
    'volumes.restore': ({ name }, channel) => volumes.restore(name, channel),
    'backups.plans': () => backups.plans(),
    'backups.plan': (plan) => backups.plan(plan),
    'backups.forget': ({ volume }) => backups.forget(volume),
    'backups.run': ({ volume }) => backups.run(volume),
    'backups.files': ({ volume }) => backups.files(volume),
    'backups.follow': (_, channel) => backups.follow(channel),
    'builds.follow': (_, channel) => builds.follow(channel),
    'builds.inspect': ({ ref }, signal) => builds.inspect(ref, signal),
    'builds.watch': ({ ref }, channel) => builds.watch(ref, channel),
    'builds.start': ({ settings, text }) => builds.start(settings, text),
    'builds.import': (_, channel) => builds.import(channel),
    'builds.cancel': ({ ref }, signal) => builds.cancel(ref, signal),
    'builds.remove': ({ ref }, signal) => builds.remove(ref, signal),
    'builds.recent': () => builds.recent(),
    'builds.dockerfile': (place) => builds.dockerfile(place),
    'builds.saveDockerfile': (input) => builds.saveDockerfile(input),
    'builds.check': ({ text }, signal) => builds.check(text, signal),
    'compose.list': ({ paths }) => compose.list(paths),
    'compose.create': async ({ directory, template }) => ({ directory: await createProject(directory, template) }),
    'compose.open': ({ path }) => compose.open(path),
    'compose.keys': () => compose.keys(),
    'compose.text': ({ path }) => compose.text(path),
    'compose.check': ({ path, text }) => compose.check(path, text),
    'compose.save': ({ path, text }) => compose.save(path, text),
    'networks.list': (_, signal) => networks.list(signal),
    'networks.create': (input, signal) => networks.create(input, signal),
    'networks.remove': ({ id }, signal) => networks.remove(id, signal),
    'networks.prune': (_, signal) => networks.prune(signal),
    'networks.connect': (input, signal) => networks.connect(input, signal),
    'networks.disconnect': (input, signal) => networks.disconnect(input, signal),
    'files.list': ({ target, path }, signal) => files.list(target, path, signal),
    'files.read': ({ target, path }, signal) => files.read(target, path, signal),
    'files.write': ({ target, path, text }, signal) => files.write(target, path, text, signal),
    'files.makeDirectory': ({ target, path }) => files.makeDirectory(target, path),
    'files.chmod': ({ target, path, ...change }, signal) => files.chmod(target, path, change, signal),
    'files.remove': ({ target, path }) => files.remove(target, path),
    'files.download': ({ target, path }, channel) => files.download(target, path, channel),
    'files.upload': ({ target, ...file }, channel) => files.upload(target, file, channel),
    'stats.all': (_, channel) => stats.all(channel),
    'stats.history': ({ id, range }) => history.points(id, range),
    'stats.one': ({ id }, channel) => stats.one(id, channel),
    'images.history': ({ reference }, signal) => content.history(reference, signal),
    'images.layers': ({ reference }, channel) => content.layers(reference, channel),
    'images.compare': ({ earlier, later }, channel) => content.compare(earlier, later, channel),
    'images.save': ({ references }, channel) => content.save(references, channel),
    'images.load': (_, channel) => content.load(channel),
    'images.search': ({ term }, signal) => registries.search(term, signal),
    'containers.top': ({ id }, signal) => containers.top(id, signal),
    'containers.changes': ({ id }, signal) => containers.changes(id, signal),
    'containers.goBack': ({ id, image }) =>
      replaceContainer(docker, id, (container) => ({ body: bodyLike(container, image), keepsNetworks: true })),
    'containers.replace': ({ id, before, spec }) =>
      replaceContainer(docker, id, (container) => ({
        ...editedBody(
          bodyLike(container, container.Config.Image),
          createRequest(before).body,
          createRequest(spec).body,
        ),
        ...(spec.name === undefined ? {} : { name: spec.name }),
      })),
    'containers.commit': (input, signal) => containers.commit(input, signal),
    'containers.list': ({ ids }, signal) => containers.list(ids, signal),
    'containers.inspect': ({ id }, signal) => containers.inspect(id, signal),
    'containers.create': (spec, signal) => containers.create(spec, signal),
    'containers.start': act('start'),
    'containers.stop': act('stop'),
    'containers.restart': act('restart'),
    'containers.pause': act('pause'),
    'containers.unpause': act('unpause'),
    'containers.kill': (input, signal) => containers.kill(input.id, input.signal, signal),
    'containers.rename': ({ id, name }, signal) => containers.rename(id, name, signal),
    'containers.remove': async ({ id, force, volumes, keep }, signal) => {
      if (keep === true && (await trash.put(id, force, signal))) return {};
      return containers.remove(id, { force, volumes }, signal);
    },
    'trash.list': (_, signal) => trash.list(signal),
    'trash.restore': ({ id }, signal) => trash.restore(id, signal),
    'trash.delete': ({ id }, signal) => trash.delete(id, signal),
    'trash.empty': (_, signal) => trash.empty(signal),
    'images.list': (_, signal) => images.list(signal),
    'images.inspect': ({ reference }, signal) => images.inspect(reference, signal),
    'images.remove': ({ reference, force }, signal) => images.remove(reference, force, signal),
    'images.prune': ({ all }, signal) => images.prune(all, signal),
    'images.tag': ({ reference, repository, tag }, signal) => images.tag(reference, repository, tag, signal),
    'settings.read': () => settings.read(),
    'settings.write': ({ text }) => settings.write(text),
    'autostart.state': () => autostart.state(),
    'autostart.set': ({ enabled }) => autostart.set(enabled),
    'terminals.list': () => terminals.list(),
    'terminals.open': ({ id, terminal, template }) => terminals.open(id, terminal, template),
    'sessions.list': () => Promise.resolve(sessions.list()),
    'sessions.close': ({ id }) => {
      sessions.close(id);
      return Promise.resolve({});
    },
    events: ({ since }, channel) =>
      followEvents(docker, since, channel, (event) => {
        containers.observe(event);
      }),
    logs: (input, channel) => followLogs(docker, input, channel),
    'logs.search': (input, channel) => searchLogs(docker, trash, input, channel),
    terminal: (input, channel) => sessions.serve(input, channel),
    // A throw must be a rejection, as of every call.
    'works.start': async (input) => Promise.resolve(works.start(input)),
    'works.cancel': ({ id }) => Promise.resolve(works.cancel(id)),
    'works.heard': ({ id }) => Promise.resolve(works.heard(id)),
    'works.follow': (_, channel) => works.follow(channel),
    'works.join': ({ id }, channel) => works.join(id, channel),
  };
  return {
    handlers,
    dispose: () => {
      alerts.dispose();
      backups.dispose();
      builds.dispose();
      sessions.dispose();
      stats.dispose();
      history.dispose();
      works.dispose();
      docker.close();
    },
  };
}

async function engineInfo(docker: DockerClient, controllable: boolean, signal: AbortSignal): Promise<EngineInfo> {
  const [version, info] = await Promise.all([
    docker.json<DockerVersion>('GET', '/version', { signal }),
    docker.json<DockerInfo>('GET', '/info', { signal }),
  ]);
  const platform = version.Platform?.Name ?? '';
  const component = version.Components?.[0]?.Name ?? '';
  return {
    name: platform !== '' ? platform : component === '' || component === 'Engine' ? 'Docker Engine' : component,
    version: version.Version ?? info.ServerVersion ?? '',
    apiVersion: version.ApiVersion ?? '',
    os: info.OperatingSystem ?? '',
    arch: info.Architecture ?? '',
    kernel: info.KernelVersion ?? '',
    hostname: info.Name ?? '',
    cpus: info.NCPU ?? 0,
    memoryBytes: info.MemTotal ?? 0,
    rootless: (info.SecurityOptions ?? []).some((option) => option.includes('rootless')),
    cgroupVersion: info.CgroupVersion ?? '',
    storageDriver: info.Driver ?? '',
    dataRoot: info.DockerRootDir ?? '',
    warnings: info.Warnings ?? [],
    dockerHost: docker.dockerHost,
    controllable,
  };
}
