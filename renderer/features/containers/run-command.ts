import type { ContainerDetails } from '../../../runtime/contract/contract.ts';

/** Quotes a word for a POSIX shell, only where it needs it. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

interface RawHost {
  readonly NetworkMode?: string;
  readonly CapAdd?: readonly string[] | null;
  readonly CapDrop?: readonly string[] | null;
  readonly Dns?: readonly string[] | null;
  readonly ExtraHosts?: readonly string[] | null;
  readonly SecurityOpt?: readonly string[] | null;
  readonly Init?: boolean | null;
}

/** What inspect tells beyond the details' own fields. */
function furtherFlags(details: ContainerDetails): string[] {
  const raw = details.raw as { HostConfig?: RawHost } | null;
  const host = raw?.HostConfig ?? {};
  const words: string[] = [];
  const network = host.NetworkMode ?? 'default';
  if (network !== 'default' && network !== 'bridge') words.push('--network', network);
  const list = (flag: string, values: readonly string[] | null | undefined): void => {
    for (const value of values ?? []) words.push(flag, value);
  };
  list('--cap-add', host.CapAdd);
  list('--cap-drop', host.CapDrop);
  list('--dns', host.Dns);
  list('--add-host', host.ExtraHosts);
  list('--security-opt', host.SecurityOpt);
  if (host.Init === true) words.push('--init');
  if (details.hostname !== '' && details.hostname !== details.id.slice(0, 12))
    words.push('--hostname', details.hostname);
  for (const [name, value] of Object.entries(details.labels)) words.push('--label', `${name}=${value}`);
  return words;
}

/** The `docker run` line that makes a container like this one. */
export function asRunCommand(details: ContainerDetails): string {
  const words: string[] = ['docker', 'run', '-d', '--name', details.name];
  if (details.tty) words.push('-t');
  if (details.openStdin) words.push('-i');
  if (details.autoRemove) words.push('--rm');
  if (details.restartPolicy !== 'no') words.push('--restart', details.restartPolicy);
  for (const port of details.ports) {
    if (port.hostPort === 0) continue;
    const address = port.hostIp === '' || port.hostIp === '0.0.0.0' ? '' : `${port.hostIp}:`;
    const protocol = port.protocol === 'tcp' ? '' : `/${port.protocol}`;
    words.push('-p', `${address}${String(port.hostPort)}:${String(port.containerPort)}${protocol}`);
  }
  for (const mount of details.mounts) {
    words.push('-v', `${mount.source}:${mount.destination}${mount.readWrite ? '' : ':ro'}`);
  }
  for (const { name, value } of details.env) words.push('-e', `${name}=${value}`);
  if (details.workingDir !== '') words.push('-w', details.workingDir);
  if (details.user !== '') words.push('-u', details.user);
  if (details.limits.memoryBytes > 0) words.push('-m', String(details.limits.memoryBytes));
  if (details.limits.cpus > 0) words.push('--cpus', String(details.limits.cpus));
  if (details.limits.pids > 0) words.push('--pids-limit', String(details.limits.pids));
  if (details.readonlyRoot) words.push('--read-only');
  if (details.privileged) words.push('--privileged');
  words.push(...furtherFlags(details), details.image, ...details.arguments);
  return words.map(shellQuote).join(' ');
}
