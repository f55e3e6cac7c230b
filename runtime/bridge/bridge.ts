/**
 * The bridge: implements the contract over the Docker Engine API of one socket. It knows nothing of Electron, of the
 * page, or of which engine is behind the socket. Start reading here.
 */
import type { EngineInfo } from '../contract/contract.ts';
import { BridgeError } from '../rpc/error.ts';
import type { Handlers } from '../rpc/server.ts';
import { ContainerService } from './containers.ts';
import { DockerClient } from './docker-client.ts';
import type { DockerInfo, DockerVersion } from './docker-types.ts';
import { ImageService } from './images.ts';
import { SessionService } from './sessions.ts';
import { followEvents, followLogs } from './streams.ts';

/** What the host of the bridge lends it. */
export interface BridgeOptions {
  /** Unix socket of the engine. */
  readonly socketPath: string;
  /** Starts, stops or restarts the engine; left out when the host did not start it. */
  readonly controlEngine?: (action: 'start' | 'stop' | 'restart') => Promise<void>;
}

export interface Bridge {
  readonly handlers: Handlers;
  /** Ends sessions and idle connections. */
  dispose(): void;
}

export function createBridge(options: BridgeOptions): Bridge {
  const docker = new DockerClient(options.socketPath);
  const containers = new ContainerService(docker);
  const images = new ImageService(docker);
  const sessions = new SessionService(docker);
  const act =
    (action: Parameters<ContainerService['act']>[1]) =>
    (input: { id: string }, signal: AbortSignal): Promise<Record<string, never>> =>
      containers.act(input.id, action, signal);
  const handlers: Handlers = {
    'engine.info': (_, signal) => engineInfo(docker, options.controlEngine !== undefined, signal),
    'engine.control': async ({ action }) => {
      if (options.controlEngine === undefined) {
        throw new BridgeError('unsupported', 'This engine was not started by the app, so the app does not stop it.');
      }
      await options.controlEngine(action);
      return {};
    },
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
    'containers.remove': ({ id, force, volumes }, signal) => containers.remove(id, { force, volumes }, signal),
    'images.list': (_, signal) => images.list(signal),
    'images.inspect': ({ reference }, signal) => images.inspect(reference, signal),
    'images.remove': ({ reference, force }, signal) => images.remove(reference, force, signal),
    'images.prune': ({ all }, signal) => images.prune(all, signal),
    'images.tag': ({ reference, repository, tag }, signal) => images.tag(reference, repository, tag, signal),
    'images.fromHost': (_, signal) => images.fromHost(signal),
    'images.pull': ({ reference }, channel) => images.pull(reference, channel),
    'images.push': ({ reference }, channel) => images.push(reference, channel),
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
    terminal: (input, channel) => sessions.serve(input, channel),
  };
  return {
    handlers,
    dispose: () => {
      sessions.dispose();
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
