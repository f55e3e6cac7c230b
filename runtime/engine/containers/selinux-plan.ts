import { EngineError } from '../errors.ts';
import { contextText, parseContext, type ContainerContexts, type SelinuxContext } from '../system/selinux.ts';
import type { HostConfig } from './config.ts';
import { parseSecurityOptions } from './security-options.ts';

/** The SELinux labels of a container. */
export interface ContainerLabels {
  /** What its processes run as; '' for what the engine runs as. */
  readonly process: string;
  /** What its files have, as the mounts show them that are made for it. */
  readonly mount: string;
}

export const NO_LABELS: ContainerLabels = { process: '', mount: '' };

/** What is shared by all containers. */
const SHARED_LEVEL = 's0';
/** Of the files of those without a label of their own; no other container gets it. */
export const UNCONFINED_LEVEL = 's0:c1022,c1023';
/** c0 to c1023. */
const CATEGORIES = 1024;
const FIELDS: ReadonlySet<string> = new Set(['user', 'role', 'type', 'level', 'filetype']);

/** A level that no container has: a pair of categories. `random` is below its argument. Throws `conflict`. */
export function freeLevel(taken: ReadonlySet<string>, random: (below: number) => number): string {
  const pair = (one: number, other: number): string => `s0:c${Math.min(one, other)},c${Math.max(one, other)}`;
  const isFree = (level: string): boolean => level !== UNCONFINED_LEVEL && !taken.has(level);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const [one, other] = [random(CATEGORIES), random(CATEGORIES)];
    const level = pair(one, other);
    if (one !== other && isFree(level)) return level;
  }
  for (let one = 0; one < CATEGORIES; one += 1)
    for (let other = one + 1; other < CATEGORIES; other += 1) {
      const level = pair(one, other);
      if (isFree(level)) return level;
    }
  throw new EngineError('conflict', 'no SELinux level is left: there are too many containers');
}

/**
 * What `--security-opt label=` comes to, as dockerd has it: options that are given, else none for a container that shares
 * the host's processes or memory, else the label of the container whose it shares. `labelOf` tells that container's. Pure.
 * Throws `invalid`.
 */
export function labelOptions(hostConfig: HostConfig, labelOf: (reference: string) => string): readonly string[] {
  const { labels } = parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  if (labels.length > 0) return labels;
  const modes = [hostConfig.IpcMode ?? '', hostConfig.PidMode ?? ''];
  if (hostConfig.Privileged === true || modes.includes('host')) return ['disable'];
  const shared = modes
    .filter((mode) => mode.startsWith('container:'))
    .map((mode) => sameAs(labelOf(mode.slice('container:'.length))));
  const [first = [], second = first] = shared;
  if (first.join() !== second.join())
    throw new EngineError('invalid', "--ipc and --pid containers SELinux labels aren't the same");
  return first;
}

/** The options by which a container has the label of another's processes. */
function sameAs(label: string): string[] {
  const context = parseContext(label);
  if (context === null) return [];
  const { user, role, type, level } = context;
  return [`user:${user}`, `role:${role}`, `type:${type}`, ...(level === undefined ? [] : [`level:${level}`])];
}

/** The labels of a container. Pure. Throws `invalid` for an option that there is not. */
export function containerLabels(
  options: readonly string[],
  contexts: ContainerContexts,
  level: () => string,
): ContainerLabels {
  if (options.includes('disable')) return { process: '', mount: at(contexts.file, UNCONFINED_LEVEL) };
  const asked = new Map(options.map(parseOption));
  const leveled = asked.get('level') ?? (contexts.process.level === undefined ? undefined : level());
  const process = fields(contexts.process, asked, ['user', 'role', 'type']);
  const file = fields(contexts.file, asked, ['user']);
  const type = asked.get('filetype') ?? file.type;
  if (leveled === undefined) return { process: contextText(process), mount: contextText({ ...file, type }) };
  return {
    process: contextText({ ...process, level: leveled }),
    mount: contextText({ ...file, type, level: leveled }),
  };
}

/** The label of files that every container may use. */
export function sharedLabel(mountLabel: string): string {
  const context = parseContext(mountLabel);
  return context === null ? '' : at(context, SHARED_LEVEL);
}

/** The level in a label; '' for none. */
export function levelOf(label: string): string {
  return parseContext(label)?.level ?? '';
}

function at(context: SelinuxContext, level: string): string {
  return contextText(context.level === undefined ? context : { ...context, level });
}

function fields(
  context: SelinuxContext,
  asked: ReadonlyMap<string, string>,
  names: readonly ('user' | 'role' | 'type')[],
): SelinuxContext {
  return { ...context, ...Object.fromEntries(names.flatMap((name) => [[name, asked.get(name) ?? context[name]]])) };
}

function parseOption(option: string): [string, string] {
  const at = option.indexOf(':');
  if (at < 0) {
    throw new EngineError(
      'invalid',
      `Bad label option ${JSON.stringify(option)}, valid options 'disable' or \n'user, role, level, type, filetype' followed by ':' and a value`,
    );
  }
  const [key, value] = [option.slice(0, at), option.slice(at + 1)];
  if (!FIELDS.has(key))
    throw new EngineError(
      'invalid',
      `Bad label option ${JSON.stringify(key)}, valid options 'disable, user, role, level, type, filetype'`,
    );
  // What could be no part of a label, nor stand where the kernel reads one.
  if (!/^[\w.,:-]+$/.test(value) || (key !== 'level' && value.includes(':')))
    throw new EngineError('invalid', `Bad label option ${JSON.stringify(option)}: invalid value`);
  return [key, value];
}
