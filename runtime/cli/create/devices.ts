import { FlagError, UsageError } from '../flags/flags.ts';
import { commaFields, pair } from '../../common/fields.ts';
import { parseBytes } from '../units.ts';

/** A device of the Container Device Interface: `vendor.com/class=name`. */
const CDI_NAME = /^[A-Za-z][\w.-]*[A-Za-z0-9]\/[A-Za-z][\w-]*=[\w.:-]+$/;

interface DeviceMapping {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  readonly CgroupPermissions: string;
}

interface DeviceRequest {
  readonly Driver: string;
  readonly Count: number;
  readonly DeviceIDs: readonly string[] | null;
  readonly Capabilities: readonly (readonly string[])[] | null;
  readonly Options: Readonly<Record<string, string>>;
}

/** `--device` and `--gpus` as the API's Devices and DeviceRequests. Throws UsageError. */
export function devicesOf(
  devices: readonly string[],
  gpus: readonly string[],
): { mappings: DeviceMapping[]; requests: DeviceRequest[] } {
  const names = devices.filter((text) => CDI_NAME.test(text));
  const requests = gpus.map(gpuRequest);
  if (names.length > 0) requests.push({ Driver: 'cdi', Count: 0, DeviceIDs: names, Capabilities: null, Options: {} });
  return { mappings: devices.filter((text) => !CDI_NAME.test(text)).map(mapping), requests };
}

/** Read, write and mknod, each once. */
const DEVICE_MODE = /^(?!.*(.).*\1)[rwm]{1,3}$/;

function mapping(text: string): DeviceMapping {
  const parts = text.split(':');
  const [host = '', second, third] = parts;
  if (parts.length > 3 || host === '') throw new UsageError(`bad format for path: ${text}`);
  const isMode = second !== undefined && third === undefined && DEVICE_MODE.test(second);
  if (third !== undefined && !DEVICE_MODE.test(third)) throw new UsageError(`bad mode specified: ${third}`);
  const target = second === undefined || isMode ? host : second;
  if (!target.startsWith('/')) throw new UsageError(`${target} is not an absolute path`);
  return {
    PathOnHost: host,
    PathInContainer: target,
    CgroupPermissions: third ?? (isMode ? second : 'rwm'),
  };
}

/** `all`, a count, or fields: `device=0,driver=nvidia,capabilities=gpu,options=...`. */
function gpuRequest(text: string): DeviceRequest {
  let driver = '';
  let count: number | null = null;
  let ids: string[] | null = null;
  let capabilities = ['gpu'];
  let options: Record<string, string> = {};
  for (const field of commaFields(text)) {
    const at = field.indexOf('=');
    const [name, value] = at < 0 ? ['count', field] : [field.slice(0, at), field.slice(at + 1)];
    if (name === 'driver') driver = value;
    else if (name === 'count') count = gpuCount(value);
    else if (name === 'device') ids = value.split(',');
    else if (name === 'capabilities') capabilities = [...new Set([...value.split(','), 'gpu'])];
    else if (name === 'options') options = Object.fromEntries(commaFields(value).map((one) => pair(one)));
    else throw new FlagError(`invalid argument "${text}" for "--gpus" flag: unexpected key '${name}' in '${field}'`);
  }
  return {
    Driver: driver,
    Count: count ?? (ids === null ? 1 : 0),
    DeviceIDs: ids,
    Capabilities: [capabilities],
    Options: options,
  };
}

/** -1 is every one. */
function gpuCount(text: string): number {
  if (text === 'all') return -1;
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`invalid count (${text}): value must be either "all" or an integer`);
}

/** `DEVICE:RATE`, where the rate is a count or a size. */
export function throttle(text: string, unit: 'bytes' | 'count'): { Path: string; Rate: number } {
  const at = text.lastIndexOf(':');
  const rate = text.slice(at + 1);
  if (at < 1 || !text.startsWith('/dev/') || (unit === 'count' && !/^\d+$/.test(rate)))
    throw new UsageError(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>${unit === 'bytes' ? '[<unit>]' : ''}`,
    );
  return { Path: text.slice(0, at), Rate: unit === 'bytes' ? parseBytes(rate) : Number(rate) };
}

/** `DEVICE:WEIGHT`, 10 to 1000. */
export function weight(text: string): { Path: string; Weight: number } {
  const at = text.lastIndexOf(':');
  const value = Number(text.slice(at + 1));
  if (at < 1 || !text.startsWith('/dev/') || !Number.isInteger(value) || (value > 0 && (value < 10 || value > 1000)))
    throw new UsageError(`invalid weight for device: ${text}`);
  return { Path: text.slice(0, at), Weight: value };
}
