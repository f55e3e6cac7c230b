import { EngineError } from '../errors.ts';
import type { ImageConfig } from './config.ts';
import { healthcheckOf, jsonList } from './healthcheck.ts';

type Mutable = { -readonly [Key in keyof ImageConfig]: ImageConfig[Key] };

/** Instructions that `docker import --change` and `docker commit --change` take. */
const INSTRUCTIONS = 'CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR';

/** Applies Dockerfile instructions that change settings only. Throws `invalid`. */
export function applyChanges(config: ImageConfig, changes: readonly string[]): ImageConfig {
  const result: Mutable = { ...config };
  for (const change of changes) {
    for (const line of change.split('\n')) if (line.trim() !== '') applyOne(result, line.trim());
  }
  return result;
}

function applyOne(config: Mutable, line: string): void {
  const space = line.search(/\s/);
  const name = (space < 0 ? line : line.slice(0, space)).toUpperCase();
  const rest = space < 0 ? '' : line.slice(space).trim();
  if (rest === '') throw new EngineError('invalid', `${name} requires at least one argument`);
  switch (name) {
    case 'CMD':
      config.Cmd = commandOf(rest);
      break;
    case 'ENTRYPOINT':
      config.Entrypoint = commandOf(rest);
      break;
    case 'ENV': {
      const added = pairsOf(rest);
      const kept = (config.Env ?? []).filter((entry) => !added.has(entry.split('=', 1)[0] ?? ''));
      config.Env = [...kept, ...[...added].map(([key, value]) => `${key}=${value}`)];
      break;
    }
    case 'EXPOSE':
      config.ExposedPorts = { ...config.ExposedPorts, ...portsOf(rest) };
      break;
    case 'HEALTHCHECK':
      config.Healthcheck = healthcheckOf(rest);
      break;
    case 'LABEL':
      config.Labels = { ...config.Labels, ...Object.fromEntries(pairsOf(rest)) };
      break;
    case 'ONBUILD':
      config.OnBuild = [...(config.OnBuild ?? []), rest];
      break;
    case 'STOPSIGNAL':
      config.StopSignal = rest;
      break;
    case 'USER':
      config.User = rest;
      break;
    case 'VOLUME': {
      const paths = jsonList(rest) ?? wordsOf(rest);
      config.Volumes = { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) };
      break;
    }
    case 'WORKDIR':
      config.WorkingDir = rest.startsWith('/') ? rest : `${config.WorkingDir ?? ''}/${rest}`.replaceAll(/\/+/g, '/');
      break;
    default:
      throw new EngineError('invalid', `${name} is not a valid change command; use ${INSTRUCTIONS}`);
  }
}

/** The exec form, or the shell form through /bin/sh. */
function commandOf(text: string): string[] {
  return jsonList(text) ?? ['/bin/sh', '-c', text];
}

/** Words, with quotes and backslashes as in a Dockerfile. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  const word = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g;
  for (const [found] of text.matchAll(word)) {
    words.push(
      found.replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, plain?: string) =>
        double === undefined ? (single ?? plain ?? '') : double.replaceAll(/\\(.)/g, '$1'),
      ),
    );
  }
  return words;
}

/** `KEY=VALUE …`, or the old form `KEY VALUE`. */
function pairsOf(text: string): Map<string, string> {
  const words = wordsOf(text);
  const [first = ''] = words;
  if (!first.includes('=')) {
    const value = text.slice(text.search(/\s|$/)).trim();
    if (value === '') throw new EngineError('invalid', `"${text.slice(0, 100)}" must have the form KEY=VALUE`);
    return new Map([[first, value]]);
  }
  return new Map(
    words.map((entry) => {
      const equals = entry.indexOf('=');
      if (equals <= 0) throw new EngineError('invalid', `"${entry.slice(0, 100)}" must have the form KEY=VALUE`);
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

function portsOf(text: string): Record<string, object> {
  return Object.fromEntries(
    wordsOf(text).map((port) => {
      const found = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(port);
      const number = Number(found?.[1]);
      if (found === null || number < 1 || number > 65_535)
        throw new EngineError('invalid', `invalid containerPort: ${port.slice(0, 100)}`);
      return [`${number}/${found[2] ?? 'tcp'}`, {}];
    }),
  );
}
