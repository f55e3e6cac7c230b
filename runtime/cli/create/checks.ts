import { isIP } from 'node:net';
import { FlagError, UsageError } from '../flags/flags.ts';
import type { ContainerFlags } from './body.ts';

const MAC_ADDRESS = /^(?:[\da-f]{2}([:-]))(?:[\da-f]{2}\1){4}[\da-f]{2}$/i;

/** What docker's client looks at before it asks an engine. Throws UsageError. */
export function checkValues(flags: ContainerFlags): void {
  for (const text of flags.dns)
    if (isIP(text.trim()) === 0) throw invalid('dns', text, `IP address is not correctly formatted: ${text}`);
  for (const text of flags.label) checkLabel(text);
  for (const text of flags.sysctl)
    if (!/^[^=]+=/.test(text)) throw invalid('sysctl', text, `sysctl '${text}' is not allowed`);
  for (const text of flags.link)
    if (text === '' || text.split(':').length > 2) throw invalid('link', text, `bad format for links: ${text}`);
  const mac = flags['mac-address']?.trim();
  if (mac !== undefined && !MAC_ADDRESS.test(mac)) throw new UsageError(`${mac} is not a valid mac address`);
  const swappiness = Number(flags['memory-swappiness'] ?? -1);
  if (swappiness !== -1 && (swappiness < 0 || swappiness > 100))
    throw new UsageError(`invalid value: ${swappiness}. Valid memory swappiness range is 0-100`);
  if (flags['log-driver'] === 'none' && flags['log-opt'].length > 0)
    throw new UsageError('invalid logging opts for driver none');
}

function checkLabel(text: string): void {
  const name = (text.split('=', 1)[0] ?? '').trimStart();
  if (name === '') throw invalid('label', text, `invalid label '${text}': empty name`, '-l, --label');
  if (/[ \t]/.test(name)) throw invalid('label', text, `label '${name}' contains whitespaces`, '-l, --label');
}

function invalid(flag: string, text: string, reason: string, label = `--${flag}`): FlagError {
  return new FlagError(`invalid argument "${text}" for "${label}" flag: ${reason}`);
}
