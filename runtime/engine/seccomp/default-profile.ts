import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { assetPath } from '../../common/assets.ts';
import { compileSeccomp } from './compile.ts';
import type { SeccompContext, SeccompProfile } from './profile.ts';

let loaded: SeccompProfile | null = null;

/** Docker's default policy, from `assets/seccomp-default.json`. */
export function defaultSeccompProfile(): SeccompProfile {
  loaded ??= JSON.parse(readFileSync(assetPath('seccomp-default.json'), 'utf8')) as SeccompProfile;
  return loaded;
}

/** Compiled programs by policy and context: a handful per engine, since most containers share both. */
const compiled = new Map<string, Uint8Array>();

/** As `compileSeccomp`, remembering each result: compiling takes a millisecond, a start should not. */
export function compileSeccompCached(profile: SeccompProfile, context: SeccompContext): Uint8Array {
  const capabilities = [...context.capabilities].sort().join(',');
  const policy = profile === loaded ? 'default' : createHash('sha256').update(JSON.stringify(profile)).digest('hex');
  const key = `${policy} ${capabilities} ${context.kernel.join('.')}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const program = compileSeccomp(profile, context);
  compiled.set(key, program);
  return program;
}
