import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tls } from '../../common/costly-modules.ts';
import { messageOf } from '../../common/errors.ts';
import { CliError } from '../cli-error.ts';
import { BOOLEANS } from '../flags/flags.ts';
import type { ContextEndpoint } from './store.ts';

/** What `--docker host=tcp://…,ca=FILE` says. */
export interface EndpointRequest {
  readonly endpoint: ContextEndpoint;
  /** Its TLS material by the names that the store has for it. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The context whose endpoint is taken instead. */
  readonly from: string | null;
}

const FILES = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const;
const KEYS: readonly string[] = ['from', 'host', 'skip-tls-verify', ...Object.keys(FILES)];

/** Reads an endpoint's description and the files that it names. Throws CliError in docker's words. */
export async function readEndpoint(descriptions: readonly string[]): Promise<EndpointRequest> {
  const values = new Map(descriptions.flatMap((one) => one.split(',')).map(pair));
  for (const key of values.keys()) if (!KEYS.includes(key)) refuse(`unrecognized config key: ${key}`);
  const skip = values.get('skip-tls-verify') ?? 'false';
  const skipsCheck = BOOLEANS[skip];
  if (skipsCheck === undefined) refuse(`skip-tls-verify: parsing "${skip}": invalid syntax`);
  const files = new Map<string, Buffer>();
  for (const [key, name] of Object.entries(FILES)) {
    const path = values.get(key) ?? '';
    if (path !== '') files.set(name, await readMaterial(path));
  }
  assertUsable(files.get('ca.pem'), files.get('cert.pem'), files.get('key.pem'));
  return {
    endpoint: { Host: values.get('host') ?? '', SkipTLSVerify: skipsCheck },
    files,
    from: values.get('from') ?? null,
  };
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at === -1)
    throw new CliError(`invalid argument "${text}" for "--docker" flag: ${text} must be formatted as key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

async function readMaterial(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch {
    return refuse(`open ${path}: no such file or directory`);
  }
}

/** What no connection could be made with is refused at once. */
function assertUsable(ca: Buffer | undefined, cert: Buffer | undefined, key: Buffer | undefined): void {
  const invalid = 'invalid docker endpoint options: failed to retrieve context tls info';
  try {
    if (ca !== undefined) new X509Certificate(ca);
  } catch {
    refuse(`${invalid}: ca.pem seems invalid`);
  }
  try {
    if (key !== undefined) createPrivateKey(key);
  } catch {
    refuse('invalid docker endpoint options: no valid private key found');
  }
  try {
    if (cert !== undefined && key !== undefined) tls().createSecureContext({ cert, key });
  } catch (error) {
    refuse(`${invalid}: ${messageOf(error)}`);
  }
}

function refuse(reason: string): never {
  throw new CliError(`unable to create docker endpoint config: ${reason}`);
}
