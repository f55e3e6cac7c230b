import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * The system's own store for secrets, for somebody who has not chosen one: `pass` where it is set up, or the secret
 * service of a desktop session (GNOME Keyring, KWallet), each by the helper of that name. Null where there is none.
 * As docker's command chooses, but for the session, without which its helper would only fail.
 */
export async function systemCredentialStore(environment: NodeJS.ProcessEnv): Promise<string | null> {
  const store = environment['PASSWORD_STORE_DIR'] ?? join(environment['HOME'] ?? homedir(), '.password-store');
  const isPassReady = (await exists(join(store, '.gpg-id'))) && (await inPath('pass', environment));
  if (isPassReady && (await inPath('docker-credential-pass', environment))) return 'pass';
  const hasSession = (environment['DBUS_SESSION_BUS_ADDRESS'] ?? '') !== '';
  return hasSession && (await inPath('docker-credential-secretservice', environment)) ? 'secretservice' : null;
}

async function inPath(program: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const directories = (environment['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  const found = await Promise.all(directories.map((directory) => exists(join(directory, program), constants.X_OK)));
  return found.includes(true);
}

async function exists(path: string, mode: number = constants.F_OK): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false; // Not there, or not for us: it cannot be used either way.
  }
}
