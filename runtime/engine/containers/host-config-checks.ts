import { EngineError } from '../errors.ts';
import type { ContainerConfig, HostConfig } from './config.ts';
import { asksForHooks } from './device-requests.ts';
import { OWN_RUNTIME, type OciRuntimes } from '../system/runtimes.ts';
import { checkLogConfig } from './log-config.ts';
import { checkResources, type ResourceHost } from './resources.ts';

const POLICIES: ReadonlySet<string> = new Set(['', 'no', 'always', 'unless-stopped', 'on-failure']);

/**
 * Checks a HostConfig as Docker does at create. Returns it without the limits that this host cannot keep, and a warning
 * for each of those. Throws `invalid`.
 */
export function checkHostConfig(
  hostConfig: HostConfig,
  host: ResourceHost,
  runtimes: OciRuntimes,
): { accepted: HostConfig; warnings: string[] } {
  checkRestartPolicy(hostConfig.RestartPolicy ?? {});
  const policy = hostConfig.RestartPolicy?.Name ?? '';
  if (hostConfig.AutoRemove === true && policy !== '' && policy !== 'no') {
    throw new EngineError('invalid', "can't create 'AutoRemove' container with restart policy");
  }
  runtimes.program(hostConfig.Runtime ?? '');
  checkLogConfig(hostConfig.LogConfig ?? {});
  checkModes(hostConfig);
  if ((hostConfig.Annotations ?? {})[''] !== undefined) {
    throw new EngineError('invalid', 'invalid Annotations: the empty string is not permitted as an annotation key');
  }
  if (Object.keys(hostConfig.StorageOpt ?? {}).length > 0) {
    throw new EngineError('invalid', "--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
  return checkResources(hostConfig, host);
}

/**
 * With the runtime that it is to have from now on, whichever is the default of later engines. One whose devices ask for
 * hooks has a runtime that runs them, where the host has one. Throws `invalid` for devices that are not there.
 */
export function withDefaultRuntime(
  hostConfig: HostConfig,
  { defaultName, hookRunner }: Pick<OciRuntimes, 'defaultName' | 'hookRunner'>,
  cdiDirectories?: readonly string[],
): HostConfig {
  if ((hostConfig.Runtime ?? '') !== '') return hostConfig;
  const isForHooks = defaultName === OWN_RUNTIME && hookRunner !== null && asksForHooks(hostConfig, cdiDirectories);
  const name = isForHooks ? hookRunner : defaultName;
  return name === OWN_RUNTIME ? hostConfig : { ...hostConfig, Runtime: name };
}

/** Throws `invalid` in Docker's words. */
export function checkRestartPolicy({ Name, MaximumRetryCount }: NonNullable<HostConfig['RestartPolicy']>): void {
  const policy = Name ?? '';
  const count = MaximumRetryCount ?? 0;
  if (!POLICIES.has(policy)) {
    throw new EngineError(
      'invalid',
      `invalid restart policy: unknown policy '${policy}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (count !== 0 && policy !== 'on-failure') {
    throw new EngineError(
      'invalid',
      policy === ''
        ? "invalid restart policy: maximum retry count can only be used with 'on-failure' restart policy"
        : `invalid restart policy: maximum retry count can only be used with 'on-failure'${count < 0 ? ' and cannot be negative' : ''}`,
    );
  }
  if (count < 0) throw new EngineError('invalid', 'invalid restart policy: maximum retry count cannot be negative');
}

/** What cannot be asked for beside the network or the host name of another. Throws `invalid` in Docker's words. */
export function checkNetworkConflicts(config: ContainerConfig, hostConfig: HostConfig): void {
  const mode = hostConfig.NetworkMode ?? '';
  const has = (list: readonly string[] | null | undefined): boolean => (list ?? []).length > 0;
  const named = (config.Hostname ?? '') !== '';
  const conflict = (what: string): EngineError => new EngineError('invalid', `conflicting options: ${what}`);
  if (mode.startsWith('container:')) {
    if (named) throw conflict('hostname and the network mode');
    if (has(hostConfig.Links)) throw conflict(`container type network ${WITH_LINKS}`);
    if (has(hostConfig.Dns)) throw conflict('dns and the network mode');
    if (has(hostConfig.ExtraHosts)) throw conflict('custom host-to-IP mapping and the network mode');
    if (has(Object.keys(hostConfig.PortBindings ?? {})) || hostConfig.PublishAllPorts === true)
      throw conflict('port publishing and the container type network mode');
    if (has(Object.keys(config.ExposedPorts ?? {})))
      throw conflict('port exposing and the container type network mode');
  }
  if (hostConfig.UTSMode === 'host' && named) throw conflict('hostname and the UTS mode');
  if (mode === 'host' && has(hostConfig.Links)) throw conflict(`host type networking ${WITH_LINKS}`);
}

export const WITH_LINKS = "can't be used with links. This would result in undefined behavior";

function checkModes(hostConfig: HostConfig): void {
  const { IpcMode, PidMode, UTSMode, UsernsMode, CgroupnsMode } = hostConfig;
  const isContainer = (mode: string): boolean => /^container:.+$/.test(mode);
  const check = (name: string, mode: string | null | undefined, known: readonly string[], joins: boolean): void => {
    if (known.includes(mode ?? '') || (joins && isContainer(mode ?? ''))) return;
    throw new EngineError('invalid', `invalid ${name} mode: ${mode ?? ''}`);
  };
  check('IPC', IpcMode, ['', 'none', 'private', 'shareable', 'host'], true);
  check('PID', PidMode, ['', 'host'], true);
  check('UTS', UTSMode, ['', 'host'], false);
  check('userns', UsernsMode, ['', 'host'], false);
  check('cgroup namespace', CgroupnsMode, ['', 'host', 'private'], false);
}
