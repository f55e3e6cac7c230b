import { goPattern } from '../../common/go-pattern.ts';
import { EngineError } from '../errors.ts';
import type { HostConfig } from './config.ts';

type LogConfig = NonNullable<HostConfig['LogConfig']>;

/** When a log is rotated; the file in use and the older ones. */
export interface LogRotation {
  /** Bytes; 0 for never. */
  readonly maximumSize: number;
  /** Files kept, with the one in use. */
  readonly maximumFiles: number;
  /** gzip the older ones. */
  readonly compress: boolean;
}

/** The driver of containers that name none. */
export const DEFAULT_LOG_DRIVER = 'json-file';

/** Docker's defaults: `local` rotates at 20 MB and keeps five compressed files, `json-file` never rotates. */
const LOCAL: LogRotation = { maximumSize: 20 * 1024 * 1024, maximumFiles: 5, compress: true };
const JSON_FILE: LogRotation = { maximumSize: 0, maximumFiles: 1, compress: false };

const COMMON = ['mode', 'max-buffer-size'];
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  'json-file': [...COMMON, 'max-size', 'max-file', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  local: [...COMMON, 'max-size', 'max-file', 'compress'],
  none: [],
};

/** Driver of a container's log. */
export function logDriver(hostConfig: Pick<HostConfig, 'LogConfig'>): string {
  const type = hostConfig.LogConfig?.Type ?? '';
  return type === '' ? DEFAULT_LOG_DRIVER : type;
}

/** Throws `invalid` for a driver or an option that is not known. */
export function checkLogConfig(config: LogConfig): void {
  const driver = logDriver({ LogConfig: config });
  const known = OPTIONS[driver];
  if (known === undefined) throw new EngineError('invalid', `logger: no log driver named '${driver}' is registered`);
  const options = config.Config ?? {};
  for (const name of Object.keys(options)) {
    if (driver !== 'none' && !known.includes(name))
      throw new EngineError('invalid', `unknown log opt '${name}' for ${driver} log driver`);
  }
  const mode = options['mode'] ?? '';
  if (!['', 'blocking', 'non-blocking'].includes(mode))
    throw new EngineError('invalid', `logger: logging mode not supported: ${mode}`);
  const buffer = options['max-buffer-size'];
  if (buffer !== undefined) {
    if (mode !== 'non-blocking')
      throw new EngineError('invalid', "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
    parseSize('max-buffer-size', buffer);
  }
  if (driver !== 'none') logRotation({ LogConfig: config });
}

/** Throws `invalid` for what shall choose labels or variables and is no pattern. */
export async function checkLogPatterns({ Config: options }: LogConfig): Promise<void> {
  for (const name of ['labels-regex', 'env-regex']) {
    const text = options?.[name] ?? '';
    if ((await goPattern(text)) === null)
      throw new EngineError('invalid', `invalid value for ${name}: error parsing regexp: ${JSON.stringify(text)}`);
  }
}

/** Rotation of a container's log. Throws `invalid` for values that are none. */
export function logRotation(hostConfig: Pick<HostConfig, 'LogConfig'>): LogRotation {
  const options = hostConfig.LogConfig?.Config ?? {};
  const defaults = logDriver(hostConfig) === 'local' ? LOCAL : JSON_FILE;
  const size = options['max-size'];
  const files = options['max-file'];
  const compress = options['compress'];
  const maximumSize = size === undefined ? defaults.maximumSize : Math.max(0, parseSize('max-size', size));
  const maximumFiles = files === undefined ? defaults.maximumFiles : Number(files);
  if (!Number.isInteger(maximumFiles) || maximumFiles < 1)
    throw new EngineError('invalid', 'max-file cannot be less than 1');
  if (compress !== undefined && !['true', 'false', '1', '0'].includes(compress))
    throw new EngineError('invalid', `strconv.ParseBool: parsing "${compress}": invalid syntax`);
  const isCompressed = compress === undefined ? defaults.compress : ['true', '1'].includes(compress);
  if (logDriver(hostConfig) === 'json-file' && isCompressed && (maximumSize === 0 || maximumFiles === 1))
    throw new EngineError('invalid', 'compress cannot be true when max-file is less than 2 or max-size is not set');
  return { maximumSize, maximumFiles, compress: isCompressed && maximumFiles > 1 };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** A size as go-units reads it (`10m`, `1.5g`, `-1`), in bytes. Throws `invalid`. */
function parseSize(option: string, text: string): number {
  if (text === '-1') return -1;
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (amount === undefined || factor === undefined)
    throw new EngineError('invalid', `invalid value for ${option}: invalid size: '${text}'`);
  return Math.floor(Number(amount) * factor);
}

/**
 * What `docker logs --details` shows before each line: the tag, labels and variables that the log options choose, as
 * `key=value,...` sorted by key and URL-encoded; '' for none.
 */
export async function logDetails(
  options: Readonly<Record<string, string>>,
  container: {
    readonly id: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly environment: readonly string[];
  },
): Promise<string> {
  const found = new Map<string, string>();
  const chooser = async (list = '', pattern = ''): Promise<(name: string) => boolean> => {
    const names = new Set(list.split(',').filter((name) => name !== ''));
    const expression = pattern === '' ? null : await goPattern(pattern);
    return (name) => names.has(name) || (expression?.test(name) ?? false);
  };
  const isLabel = await chooser(options['labels'], options['labels-regex']);
  for (const [name, value] of Object.entries(container.labels)) if (isLabel(name)) found.set(name, value);
  const isVariable = await chooser(options['env'], options['env-regex']);
  for (const entry of container.environment) {
    const [name = ''] = entry.split('=', 1);
    if (isVariable(name)) found.set(name, entry.slice(name.length + 1));
  }
  const tag = options['tag'] ?? '';
  if (tag !== '') found.set('tag', expandTag(tag, container));
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join(',');
}

/** The fields of Docker's tag templates that have a meaning here; any other text stays as it is. */
function expandTag(tag: string, { id, name }: { readonly id: string; readonly name: string }): string {
  const fields: Readonly<Record<string, string>> = { ID: id.slice(0, 12), FullID: id, Name: name };
  return tag.replaceAll(/\{\{\s*\.(\w+)\s*\}\}/g, (whole, field: string) => fields[field] ?? whole);
}
