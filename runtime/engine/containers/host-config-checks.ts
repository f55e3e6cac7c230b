import { EngineError } from '../errors.ts';
import type { HostConfig } from './config.ts';
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
  if (Object.keys(hostConfig.StorageOpt ?? {}).length > 0) {
    throw new EngineError('invalid', "--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
  return checkResources(hostConfig, host);
}

/** With the runtime that it is to have from now on, whichever is the default of later engines. */
export function withDefaultRuntime(hostConfig: HostConfig, { defaultName }: OciRuntimes): HostConfig {
  const isNamed = (hostConfig.Runtime ?? '') !== '' || defaultName === OWN_RUNTIME;
  return isNamed ? hostConfig : { ...hostConfig, Runtime: defaultName };
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
