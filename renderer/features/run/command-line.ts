import { RUN_FLAGS, runFlag } from '../../../runtime/contract/run-flags.ts';
import { shellQuote } from '../containers/run-command.ts';
import { EMPTY_RUN_FORM, splitCommand, type RunForm } from './run-form.ts';

/** Flags that have a field of their own, by name. `switch` takes no value. */
const OWN: Readonly<Record<string, 'switch' | 'value'>> = {
  detach: 'switch',
  d: 'switch',
  interactive: 'switch',
  i: 'switch',
  tty: 'switch',
  t: 'switch',
  rm: 'switch',
  name: 'value',
  env: 'value',
  e: 'value',
  publish: 'value',
  p: 'value',
  volume: 'value',
  v: 'value',
  memory: 'value',
  m: 'value',
  cpus: 'value',
  'pids-limit': 'value',
  restart: 'value',
  network: 'value',
  net: 'value',
  workdir: 'value',
  w: 'value',
  user: 'value',
  u: 'value',
  entrypoint: 'value',
};
const LONG: Readonly<Record<string, string>> = {
  d: 'detach',
  i: 'interactive',
  t: 'tty',
  e: 'env',
  p: 'publish',
  v: 'volume',
  m: 'memory',
  w: 'workdir',
  u: 'user',
  net: 'network',
};

/** A port as `-p` has it. */
function portText({ host, container, protocol }: RunForm['ports'][number]): string {
  return `${host === '' ? '' : `${host}:`}${container}${protocol === 'tcp' ? '' : `/${protocol}`}`;
}

function parsePort(text: string): RunForm['ports'][number] {
  const [ports = '', protocol] = text.split('/');
  const cut = ports.lastIndexOf(':');
  const host = cut < 0 ? '' : ports.slice(0, cut);
  return { host, container: ports.slice(cut + 1), protocol: protocol === 'udp' ? 'udp' : 'tcp' };
}

function parseVolume(text: string): RunForm['volumes'][number] {
  const parts = text.split(':');
  if (parts.length === 1) return { source: '', destination: text, readOnly: false };
  const [source = '', destination = '', options = ''] = parts;
  return { source, destination, readOnly: options.split(',').includes('ro') };
}

/** The `docker run` line that does what the form says. */
export function toCommandLine(form: RunForm): string {
  const words: string[] = ['docker', 'run', '-d'];
  const value = (flag: string, text: string): void => {
    if (text !== '') words.push(flag, text);
  };
  value('--name', form.name.trim());
  if (form.tty) words.push('-it');
  if (form.autoRemove) words.push('--rm');
  if (form.restartPolicy !== 'no') {
    const retries = form.restartPolicy === 'on-failure' && form.maxRetries !== '' ? `:${form.maxRetries}` : '';
    words.push('--restart', `${form.restartPolicy}${retries}`);
  }
  for (const port of form.ports) if (port.host !== '' || port.container !== '') words.push('-p', portText(port));
  for (const { source, destination, readOnly } of form.volumes) {
    if (source !== '' || destination !== '')
      words.push('-v', `${source === '' ? '' : `${source}:`}${destination}${readOnly ? ':ro' : ''}`);
  }
  for (const { name, value: content } of form.env) if (name !== '') words.push('-e', `${name}=${content}`);
  value('-m', form.memory.trim());
  value('--cpus', form.cpus.trim());
  value('--pids-limit', form.pids.trim());
  if (form.network !== 'default' && form.network !== '') words.push('--network', form.network);
  value('-w', form.workingDir);
  value('-u', form.user);
  value('--entrypoint', form.entrypoint.trim());
  for (const { flag, value: content } of form.more) {
    const known = runFlag(flag);
    if (known === undefined) continue;
    if (known.kind === 'switch') words.push(`--${flag}`);
    else if (content !== '') words.push(`--${flag}`, content);
  }
  words.push(form.image.trim(), ...(splitCommand(form.command) ?? [form.command]));
  return words.map((word, index) => (index < 2 ? word : shellQuote(word))).join(' ');
}

/** What was wrong with a line. */
export type CommandError =
  { readonly kind: 'quote' | 'no-run' | 'no-image' } | { readonly kind: 'flag' | 'value'; readonly flag: string };

/** What stands before a command in many a manual. */
const PROMPT = /^\s*([$#]\s+)?/;

/** Whether a text is meant as such a line, right or wrong. */
export function isRunLine(text: string): boolean {
  return /^(sudo\s+)?\S+\s+(container\s+)?run\s/.test(text.replace(PROMPT, ''));
}

/** Reads a `docker run` line. Flags that the form does not know are an error, not left out in silence. */
export function fromCommandLine(line: string): { readonly form: RunForm } | { readonly error: CommandError } {
  const words = splitCommand(line.replaceAll(/\\\r?\n/g, ' ').replace(PROMPT, ''));
  if (words === null) return { error: { kind: 'quote' } };
  const start = words.findIndex((word, index) => /^(run|create)$/.test(word) && index <= 3);
  if (start < 0) return { error: { kind: 'no-run' } };
  const seen: { name: string; value: string }[] = [];
  let at = start + 1;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') {
      at += 1;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    const parts = word.startsWith('--') ? [word.slice(2)] : shortFlags(word.slice(1));
    for (const [index, part] of parts.entries()) {
      const cut = part.indexOf('=');
      const name = cut < 0 ? part : part.slice(0, cut);
      const kind = OWN[name] ?? runFlag(name)?.kind;
      if (kind === undefined) return { error: { kind: 'flag', flag: word } };
      let content = cut < 0 ? '' : part.slice(cut + 1);
      if (kind === 'switch') {
        if (content === 'false') continue;
      } else if (cut < 0) {
        if (index < parts.length - 1) return { error: { kind: 'value', flag: word } };
        at += 1;
        const next = words[at];
        if (next === undefined) return { error: { kind: 'value', flag: word } };
        content = next;
      }
      seen.push({ name: LONG[name] ?? runFlag(name)?.name ?? name, value: content });
    }
  }
  const image = words[at];
  if (image === undefined) return { error: { kind: 'no-image' } };
  const last = (name: string): string => seen.findLast((one) => one.name === name)?.value ?? '';
  const all = (name: string): string[] => seen.filter((one) => one.name === name).map((one) => one.value);
  const has = (name: string): boolean => seen.some((one) => one.name === name);
  const [policy = 'no', retries = ''] = (last('restart') || 'no').split(':');
  const known = (['no', 'on-failure', 'always', 'unless-stopped'] as const).find((one) => one === policy);
  if (known === undefined) return { error: { kind: 'value', flag: '--restart' } };
  return {
    form: {
      ...EMPTY_RUN_FORM,
      image,
      name: last('name'),
      command: words
        .slice(at + 1)
        .map(shellQuote)
        .join(' '),
      env: all('env').map((one) => {
        const cut = one.indexOf('=');
        return cut < 0 ? { name: one, value: '' } : { name: one.slice(0, cut), value: one.slice(cut + 1) };
      }),
      ports: all('publish').map(parsePort),
      volumes: all('volume').map(parseVolume),
      memory: last('memory'),
      cpus: last('cpus'),
      pids: last('pids-limit'),
      tty: has('tty'),
      autoRemove: has('rm'),
      restartPolicy: known,
      maxRetries: known === 'on-failure' ? retries : '',
      network: last('network') || 'default',
      workingDir: last('workdir'),
      user: last('user'),
      entrypoint: last('entrypoint'),
      more: seen.filter(({ name }) => OWN[name] === undefined).map(({ name, value }) => ({ flag: name, value })),
    },
  };
}

/** `-itp 80:80` is `-i -t -p`; a letter that takes a value may have it right behind it. */
function shortFlags(letters: string): string[] {
  const result: string[] = [];
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters.charAt(at);
    const kind = OWN[letter] ?? runFlag(letter)?.kind;
    const rest = letters.slice(at + 1);
    if (kind !== 'switch' && rest !== '') return [...result, `${letter}=${rest.replace(/^=/, '')}`];
    result.push(letter);
  }
  return result;
}

/** Flags to choose from, in the order of their names. */
export const FLAG_NAMES: readonly string[] = RUN_FLAGS.map(({ name }) => name);
