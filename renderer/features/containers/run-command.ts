import type { ContainerDetails } from '../../../runtime/contract/contract.ts';
import { furtherFlags } from './further-flags.ts';

/** Quotes a word for a POSIX shell, only where it needs it. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * The `docker run` line that makes a container like this one. `image` is the entrypoint of its image, which tells whether
 * the container has one of its own; null where the image is not there any more.
 */
export function asRunCommand(details: ContainerDetails, image: readonly string[] | null): string {
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
    if (mount.type !== 'bind' && mount.type !== 'volume') continue;
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
  words.push(...furtherFlags(details));
  const [program = '', ...rest] = details.entrypoint;
  if (image === null || isSame(details.entrypoint, image)) words.push(details.image, ...details.arguments);
  // The flag takes one word; the others of an entrypoint come before the command.
  else words.push('--entrypoint', program, details.image, ...rest, ...details.arguments);
  return words.map(shellQuote).join(' ');
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}
