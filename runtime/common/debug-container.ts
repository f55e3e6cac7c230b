/**
 * A shell with the tools of another image beside a container whose own image has none: a helper container in the
 * namespaces of the one that is looked at. It has that one's rights and the one that reading its files takes, lives as
 * long as its shell, and is told from others by its labels.
 */
import { randomBytes } from 'node:crypto';
import { HOST_IMAGE_NAME } from './host-image/host-image.ts';

/** Label of what is made only to help; the app's lists leave it out. */
export const HELPER_LABEL = 'dev.berth.helper';
/** Label that names the container which a debug shell is beside. */
const DEBUG_LABEL = 'dev.berth.debug';
/** The image whose tools a debug shell has unless told otherwise. */
export const DEBUG_IMAGE = HOST_IMAGE_NAME;
/** Where the other container's files are in a debug shell. */
const FILES = '/target';

/** The part of an engine's `GET /containers/{id}/json` that this reads. */
export interface DebuggedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Running?: boolean; readonly Paused?: boolean };
  readonly Config: { readonly WorkingDir?: string };
  readonly HostConfig: {
    readonly CapAdd?: readonly string[] | null;
    readonly CapDrop?: readonly string[] | null;
    readonly IpcMode?: string;
    readonly PidMode?: string;
    readonly UsernsMode?: string;
    readonly SecurityOpt?: readonly string[] | null;
  };
}

/** What runs in a debug shell. */
export interface DebugChoice {
  readonly image: string;
  /** A shell's name; empty for the best there is. */
  readonly shell: string;
  /** Runs in place of a shell; empty for one. */
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** A helper that is to be made. */
export interface DebugContainer {
  readonly name: string;
  /** For `POST /containers/create`. */
  readonly body: object;
  /** Whether the container's files are under `/target`. */
  readonly showsFiles: boolean;
}

/** Whether the container's first process is the first of its own process namespace, so that its files can be found. */
function hasOwnProcesses({ HostConfig: { PidMode = '' } }: DebuggedContainer): boolean {
  return PidMode === '' || PidMode === 'private';
}

/** The helper for a running container. */
export function debugContainer(target: DebuggedContainer, choice: DebugChoice): DebugContainer {
  const { HostConfig: host, Id: id } = target;
  const ipc = ipcMode(target);
  const showsFiles = hasOwnProcesses(target);
  return {
    showsFiles,
    name: `berth-debug-${target.Name.replace(/^\//, '').slice(0, 40)}-${randomBytes(3).toString('hex')}`,
    body: {
      Image: choice.image,
      // The image's own entrypoint is for what it is made for.
      Entrypoint: ['/bin/sh', '-c', script(choice, showsFiles), 'debug'],
      Cmd: choice.command.length > 0 ? [...choice.command] : [target.Config.WorkingDir ?? ''],
      Env: choice.tty ? ['TERM=xterm-256color'] : [],
      User: '0:0',
      WorkingDir: '/',
      Tty: choice.tty,
      OpenStdin: choice.stdin,
      StdinOnce: choice.stdin,
      AttachStdin: choice.stdin,
      AttachStdout: true,
      AttachStderr: true,
      Labels: { [HELPER_LABEL]: 'debug', [DEBUG_LABEL]: id },
      HostConfig: {
        AutoRemove: true,
        PidMode: `container:${id}`,
        NetworkMode: `container:${id}`,
        ...(ipc === null ? {} : { IpcMode: ipc }),
        ...(host.UsernsMode === undefined || host.UsernsMode === '' ? {} : { UsernsMode: host.UsernsMode }),
        // In the host's process namespace this one right would be one over the host's processes.
        CapAdd: [...new Set([...(host.CapAdd ?? []), ...(showsFiles ? ['SYS_PTRACE'] : [])])],
        CapDrop: [...(host.CapDrop ?? [])],
        SecurityOpt: [...(host.SecurityOpt ?? [])],
      },
    },
  };
}

/** How the helper joins the container's memory: only what was made to be joined can be. */
function ipcMode({ Id, HostConfig: { IpcMode = '' } }: DebuggedContainer): string | null {
  if (IpcMode === 'host' || IpcMode.startsWith('container:')) return IpcMode;
  return IpcMode === 'shareable' ? `container:${Id}` : null;
}

/** Leads to the other container's files and to the directory that it works in, then becomes the shell or the command. */
function script({ command, shell }: DebugChoice, showsFiles: boolean): string {
  const files = showsFiles ? `ln -s /proc/1/root ${FILES} 2>/dev/null;` : '';
  if (command.length > 0) return `${files} exec "$@"`;
  const go = showsFiles ? `cd "${FILES}$1" 2>/dev/null || cd ${FILES} 2>/dev/null;` : '';
  const best = 'command -v bash >/dev/null 2>&1 && exec bash; exec sh';
  return `${files} ${go} ${shell === '' ? best : `exec ${quoted(shell)}`}`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
