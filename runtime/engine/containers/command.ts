import { normalize } from 'node:path/posix';
import { EngineError } from '../errors.ts';
import type { ContainerConfig, HealthcheckConfig } from './config.ts';
import { mergeHealthcheck } from './health.ts';

/** The part of an image's configuration (OCI image-spec `config`) that a container takes defaults from. */
export interface ImageDefaults {
  readonly User?: string | undefined;
  readonly Env?: readonly string[] | null | undefined;
  readonly Entrypoint?: readonly string[] | null | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
  readonly WorkingDir?: string | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null | undefined;
  readonly Volumes?: Readonly<Record<string, unknown>> | null | undefined;
  readonly StopSignal?: string | undefined;
  readonly Healthcheck?: HealthcheckConfig | null | undefined;
  readonly Shell?: readonly string[] | null | undefined;
}

/**
 * Merges what the caller asked for with the image's defaults, as Docker does: variables by name, labels and ports by
 * key; a given entrypoint drops the image's command.
 */
export function mergeWithImage(config: ContainerConfig, image: ImageDefaults): ContainerConfig {
  const entrypoint = config.Entrypoint ?? null;
  // `--entrypoint ""` arrives as [""] and means none at all.
  const cleared = entrypoint?.length === 1 && entrypoint[0] === '';
  const ownCommand = (config.Cmd?.length ?? 0) > 0;
  const resetsImage = entrypoint !== null && entrypoint.length > 0;
  const chosen = entrypoint === null ? nonEmpty(image.Entrypoint) : nonEmpty(entrypoint);
  return {
    ...config,
    User: config.User === undefined || config.User === null || config.User === '' ? (image.User ?? '') : config.User,
    Env: mergeEnvironment(config.Env ?? [], image.Env ?? []),
    Entrypoint: cleared ? null : chosen,
    Cmd: ownCommand ? config.Cmd : resetsImage ? null : nonEmpty(image.Cmd),
    WorkingDir:
      config.WorkingDir === undefined || config.WorkingDir === null || config.WorkingDir === ''
        ? (image.WorkingDir ?? '')
        : cleanDirectory(config.WorkingDir),
    Labels: { ...image.Labels, ...config.Labels },
    ExposedPorts: { ...image.ExposedPorts, ...config.ExposedPorts },
    Volumes: { ...image.Volumes, ...config.Volumes },
    StopSignal: config.StopSignal ?? image.StopSignal ?? null,
    Healthcheck: mergeHealthcheck(config.Healthcheck, image.Healthcheck),
    Shell: config['Shell'] ?? image.Shell ?? null,
  };
}

/** Without a final slash, `.` and `..`, as Docker keeps it. */
function cleanDirectory(path: string): string {
  return path.startsWith('/') ? normalize(path).replace(/(?<=.)\/$/, '') : path;
}

function nonEmpty(list: readonly string[] | null | undefined): string[] | null {
  return list === undefined || list === null || list.length === 0 ? null : [...list];
}

function mergeEnvironment(own: readonly string[], image: readonly string[]): string[] {
  // A bare NAME (no `=`) removes the image's variable.
  const names = new Set(own.map((entry) => entry.split('=', 1)[0]));
  return [
    ...own.filter((entry) => entry.includes('=')),
    ...image.filter((entry) => !names.has(entry.split('=', 1)[0])),
  ];
}

/** The words to run: entrypoint then command. Throws `invalid` when there is neither. */
export function commandOf(config: ContainerConfig): string[] {
  const args = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (args.length === 0) throw new EngineError('invalid', 'no command specified');
  return args;
}

/** PATH of a container that sets none (Docker's value). */
const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The environment the process gets: Docker's own variables first, those asked for winning; no HOSTNAME without one. */
export function processEnvironment(
  config: ContainerConfig,
  hostname: string,
  linkVariables: readonly string[] = [],
): string[] {
  const own = config.Env ?? [];
  const names = new Set(own.map((entry) => entry.split('=', 1)[0]));
  const named = hostname === '' ? [] : [`HOSTNAME=${hostname}`];
  const base = [DEFAULT_PATH, ...named, ...(config.Tty === true ? ['TERM=xterm'] : []), ...linkVariables];
  return [...base.filter((entry) => !names.has(entry.split('=', 1)[0])), ...own];
}
