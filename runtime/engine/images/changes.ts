import { expandWord } from '../build/dockerfile/expand.ts';
import { SyntaxMistake } from '../build/dockerfile/source.ts';
import { splitWords } from '../build/dockerfile/words.ts';
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
  const expand = expansionIn(config);
  const words = (text: string): string[] => splitWords(text, ESCAPE).map(expand);
  switch (name) {
    case 'CMD':
      config.Cmd = commandOf(rest);
      break;
    case 'ENTRYPOINT':
      config.Entrypoint = commandOf(rest);
      break;
    case 'ENV': {
      const added = pairsOf(rest, expand);
      const kept = (config.Env ?? []).map((entry) => {
        const [name = ''] = entry.split('=', 1);
        const value = added.get(name);
        added.delete(name);
        return value === undefined ? entry : `${name}=${value}`;
      });
      config.Env = [...kept, ...[...added].map(([key, value]) => `${key}=${value}`)];
      break;
    }
    case 'EXPOSE':
      config.ExposedPorts = { ...config.ExposedPorts, ...portsOf(words(rest)) };
      break;
    case 'HEALTHCHECK':
      config.Healthcheck = healthcheckOf(rest);
      break;
    case 'LABEL':
      config.Labels = { ...config.Labels, ...Object.fromEntries(pairsOf(rest, expand)) };
      break;
    case 'ONBUILD':
      config.OnBuild = [...(config.OnBuild ?? []), rest];
      break;
    case 'STOPSIGNAL':
      config.StopSignal = expand(rest);
      break;
    case 'USER':
      config.User = expand(rest);
      break;
    case 'VOLUME': {
      const paths = jsonList(rest)?.map(expand) ?? words(rest);
      config.Volumes = { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) };
      break;
    }
    case 'WORKDIR': {
      const path = expand(rest);
      config.WorkingDir = path.startsWith('/') ? path : `${config.WorkingDir ?? ''}/${path}`.replaceAll(/\/+/g, '/');
      break;
    }
    default:
      throw new EngineError('invalid', `${name} is not a valid change command; use ${INSTRUCTIONS}`);
  }
}

/** The exec form, or the shell form through /bin/sh. */
function commandOf(text: string): string[] {
  return jsonList(text) ?? ['/bin/sh', '-c', text];
}

const ESCAPE = '\\';

/** Puts in the values of the settings' variables and takes quotes off, as in a Dockerfile. */
function expansionIn({ Env }: ImageConfig): (text: string) => string {
  const variables = new Map((Env ?? []).map((entry) => [entry.split('=', 1)[0] ?? '', entry.replace(/^[^=]*=/, '')]));
  return (text) => {
    try {
      return expandWord(text, (name) => variables.get(name), { escape: ESCAPE });
    } catch (error) {
      if (error instanceof SyntaxMistake) throw new EngineError('invalid', error.message, { cause: error });
      throw error;
    }
  };
}

/** `KEY=VALUE …`, or the old form `KEY VALUE`. */
function pairsOf(text: string, expand: (text: string) => string): Map<string, string> {
  const words = splitWords(text, ESCAPE);
  const [first = ''] = words;
  if (!first.includes('=')) {
    const value = text.slice(text.search(/\s|$/)).trim();
    if (value === '') throw new EngineError('invalid', `"${text.slice(0, 100)}" must have the form KEY=VALUE`);
    return new Map([[expand(first), expand(value)]]);
  }
  return new Map(
    words.map((entry) => {
      const equals = entry.indexOf('=');
      if (equals <= 0) throw new EngineError('invalid', `"${entry.slice(0, 100)}" must have the form KEY=VALUE`);
      return [expand(entry.slice(0, equals)), expand(entry.slice(equals + 1))];
    }),
  );
}

function portsOf(words: readonly string[]): Record<string, object> {
  return Object.fromEntries(
    words.map((port) => {
      const found = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(port);
      const number = Number(found?.[1]);
      if (found === null || number < 1 || number > 65_535)
        throw new EngineError('invalid', `invalid containerPort: ${port.slice(0, 100)}`);
      return [`${number}/${found[2] ?? 'tcp'}`, {}];
    }),
  );
}
