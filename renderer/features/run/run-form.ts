import type { RunSpec } from '../../../runtime/contract/contract.ts';
import { runFlag } from '../../../runtime/contract/run-flags.ts';
import { runErrors as texts } from '../../strings/run.ts';

/** What the Run dialog holds: text as typed. */
export interface RunForm {
  readonly image: string;
  readonly name: string;
  readonly command: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly host: string; readonly container: string; readonly protocol: 'tcp' | 'udp' }[];
  readonly volumes: readonly { readonly source: string; readonly destination: string; readonly readOnly: boolean }[];
  readonly memory: string;
  readonly cpus: string;
  readonly pids: string;
  readonly tty: boolean;
  readonly autoRemove: boolean;
  readonly restartPolicy: RunSpec['restartPolicy'];
  /** Of `on-failure`; empty for any number. */
  readonly maxRetries: string;
  readonly network: string;
  readonly workingDir: string;
  readonly user: string;
  readonly entrypoint: string;
  /** Further flags by their long names; a switch has an empty value. */
  readonly more: readonly { readonly flag: string; readonly value: string }[];
}

export const EMPTY_RUN_FORM: RunForm = {
  image: '',
  name: '',
  command: '',
  env: [],
  ports: [],
  volumes: [],
  memory: '',
  cpus: '',
  pids: '',
  tty: false,
  autoRemove: false,
  restartPolicy: 'no',
  maxRetries: '',
  network: 'default',
  workingDir: '',
  user: '',
  entrypoint: '',
  more: [],
};

/** The image made from this computer's own tools: it runs a shell, which ends at once without a terminal. */
const STARTER_IMAGE = 'localhost/host-tools:latest';

/** The form as it opens for an image. */
export function initialRunForm(image: string): RunForm {
  return { ...EMPTY_RUN_FORM, image, tty: image === STARTER_IMAGE };
}

/** What is most likely to be run: what was run last if it is still there, else the newest of the list. */
export function likelyImage(references: readonly string[], last: string): string {
  return references.includes(last) ? last : (references[0] ?? '');
}

/** Problems by field; a field of a list is named like `ports.0`. */
export type RunErrors = Readonly<Record<string, string>>;

/** Splits a command line the way a POSIX shell splits words; null when a quote is left open. */
export function splitCommand(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (quote === "'") {
      if (character === "'") quote = '';
      else word = `${word ?? ''}${character}`;
    } else if (character === '\\') {
      index += 1;
      const next = text.charAt(index);
      // Inside double quotes a backslash only escapes what would be special there.
      word = `${word ?? ''}${quote === '"' && !'"\\$`'.includes(next) ? '\\' : ''}${next}`;
    } else if (quote === '"') {
      if (character === '"') quote = '';
      else word = `${word ?? ''}${character}`;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = `${word ?? ''}${character}`;
    }
  }
  if (quote !== '') return null;
  if (word !== null) words.push(word);
  return words;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** "512m" in bytes, binary units as `docker run -m` has them; null when it is not a size. */
export function parseMemory(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*([bkmg]?)(?:i?b)?$/i.exec(text.trim());
  if (found === null) return null;
  return Math.round(Number(found[1]) * (UNITS[(found[2] ?? '').toLowerCase()] ?? 1));
}

/** The smallest limit that engines accept, 6 MiB. */
const MIN_MEMORY_BYTES = 6 * 1024 ** 2;

function parsePort(text: string): number | null {
  const port = Number(text);
  return /^\d+$/.test(text) && port >= 1 && port <= 65535 ? port : null;
}

/** Turns the form into what the bridge wants, or into what is wrong with it. */
export function toRunSpec(form: RunForm): { spec: RunSpec } | { errors: RunErrors } {
  const errors: Record<string, string> = {};
  const image = form.image.trim();
  if (image === '') errors['image'] = texts.image;
  const name = form.name.trim();
  if (name !== '' && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    errors['name'] = texts.name;
  }
  const command = splitCommand(form.command);
  if (command === null) errors['command'] = texts.quote;
  const env = form.env.filter((entry) => entry.name !== '' || entry.value !== '');
  for (const [index, entry] of form.env.entries()) {
    if (entry.name === '' && entry.value !== '') errors[`env.${String(index)}`] = texts.envName;
    else if (entry.name.includes('=')) errors[`env.${String(index)}`] = texts.envEquals;
  }
  const ports: RunSpec['ports'] = [];
  for (const [index, entry] of form.ports.entries()) {
    if (entry.host === '' && entry.container === '') continue;
    const cut = entry.host.lastIndexOf(':');
    const hostIp = cut < 0 ? '' : entry.host.slice(0, cut);
    const hostText = entry.host.slice(cut + 1);
    const hostPort = hostText === '' ? 0 : parsePort(hostText);
    const containerPort = parsePort(entry.container);
    if (containerPort === null) errors[`ports.${String(index)}`] = texts.containerPort;
    else if (hostPort === null) errors[`ports.${String(index)}`] = texts.hostPort;
    else ports.push({ hostIp, hostPort, containerPort, protocol: entry.protocol });
  }
  const volumes = form.volumes.filter((entry) => entry.source !== '' || entry.destination !== '');
  for (const [index, entry] of form.volumes.entries()) {
    if (entry.source === '' && entry.destination === '') continue;
    if (!entry.destination.startsWith('/')) errors[`volumes.${String(index)}`] = texts.destination;
    else if (entry.source === '') errors[`volumes.${String(index)}`] = texts.source;
  }
  const memoryBytes = form.memory.trim() === '' ? 0 : parseMemory(form.memory);
  if (memoryBytes === null) errors['memory'] = texts.memory;
  else if (memoryBytes > 0 && memoryBytes < MIN_MEMORY_BYTES) errors['memory'] = texts.memoryLeast;
  const cpus = form.cpus.trim() === '' ? 0 : Number(form.cpus);
  if (!Number.isFinite(cpus) || cpus < 0) errors['cpus'] = texts.cpus;
  const pids = form.pids.trim() === '' ? 0 : Number(form.pids);
  if (!Number.isInteger(pids) || pids < 0) errors['pids'] = texts.whole;
  if (form.autoRemove && form.restartPolicy !== 'no') {
    errors['restartPolicy'] = texts.restart;
  }
  const entrypoint = splitCommand(form.entrypoint);
  if (entrypoint === null) errors['entrypoint'] = texts.quote;
  const flags: Record<string, string[]> = {};
  for (const [index, { flag, value }] of form.more.entries()) {
    const kind = runFlag(flag)?.kind;
    if (kind !== 'switch' && value === '') errors[`more.${String(index)}`] = texts.option;
    else flags[flag] = kind === 'list' ? [...(flags[flag] ?? []), value] : [value];
  }
  if (Object.keys(errors).length > 0) return { errors };
  return {
    spec: {
      image,
      ...(name === '' ? {} : { name }),
      command: command ?? [],
      env: env.map((entry) => ({ ...entry })),
      ports,
      volumes: volumes.map((entry) => ({ ...entry })),
      memoryBytes: memoryBytes ?? 0,
      cpus,
      pids,
      tty: form.tty,
      interactive: form.tty,
      autoRemove: form.autoRemove,
      restartPolicy: form.restartPolicy,
      maxRetries: Number(form.maxRetries) || 0,
      network: form.network === '' ? 'default' : form.network,
      flags,
      ...(entrypoint === null || entrypoint.length === 0 ? {} : { entrypoint }),
      ...(form.workingDir === '' ? {} : { workingDir: form.workingDir }),
      ...(form.user === '' ? {} : { user: form.user }),
    },
  };
}
