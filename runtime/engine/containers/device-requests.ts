import { EngineError } from '../errors.ts';
import { CDI_DIRECTORIES, cdiDevice, cdiDeviceNames } from './cdi.ts';
import type { HostConfig } from './config.ts';
import { deviceRule, hostDevices, privilegedDevices } from './devices.ts';
import {
  OCI_HOOK_NAMES,
  type OciDevice,
  type OciDeviceRule,
  type OciHook,
  type OciHooks,
  type OciMount,
  type OciSpec,
} from './oci-spec.ts';

/** Everything of a specification that devices bring. */
export interface RequestedDevices {
  readonly devices: readonly OciDevice[];
  readonly rules: readonly OciDeviceRule[];
  readonly environment: readonly string[];
  readonly mounts: readonly OciMount[];
  readonly groups: readonly string[];
  readonly hooks: readonly (readonly [(typeof OCI_HOOK_NAMES)[number], OciHook])[];
}

/** The hooks by the moment at which they are run, in their order; undefined for none. */
export function ociHooks({ hooks }: Pick<RequestedDevices, 'hooks'>): OciHooks | undefined {
  if (hooks.length === 0) return undefined;
  const at = (name: (typeof OCI_HOOK_NAMES)[number]): OciHook[] =>
    hooks.filter(([moment]) => moment === name).map(([, hook]) => hook);
  return Object.fromEntries(
    OCI_HOOK_NAMES.map((name) => [name, at(name)] as const).filter(([, all]) => all.length > 0),
  );
}

/** The kind under which NVIDIA's container toolkit describes the graphics processors that `--gpus` asks for. */
const GPU_KIND = 'nvidia.com/gpu';

/** Devices by `--device`, `--device-cgroup-rule`, `--gpus` and CDI names. Throws `invalid` for what is not there. */
export function requestedDevices(
  hostConfig: HostConfig,
  privileged: boolean,
  directories: readonly string[] = CDI_DIRECTORIES,
): RequestedDevices {
  const named = (hostConfig.Devices ?? []).flatMap((device) => {
    const permissions = device.CgroupPermissions ?? '';
    const inside = device.PathInContainer ?? '';
    return hostDevices(
      device.PathOnHost,
      inside === '' ? device.PathOnHost : inside,
      permissions === '' ? 'rwm' : permissions,
    );
  });
  const described = describedDevices(hostConfig, directories);
  const listed = [...named.map(({ device }) => device), ...described.flatMap(({ devices }) => devices)];
  const taken = new Set(listed.map(({ path }) => path));
  return {
    devices: privileged ? [...privilegedDevices().filter(({ path }) => !taken.has(path)), ...listed] : listed,
    rules: [
      ...named.map(({ rule }) => rule),
      ...described.flatMap(({ rules }) => rules),
      ...(hostConfig.DeviceCgroupRules ?? []).map(deviceRule),
    ],
    environment: described.flatMap(({ environment }) => environment),
    mounts: described.flatMap(({ mounts }) => mounts),
    groups: described.flatMap(({ groups }) => groups),
    hooks: described.flatMap(({ hooks }) => hooks),
  };
}

function describedDevices({ DeviceRequests }: HostConfig, directories: readonly string[]): RequestedDevices[] {
  return (DeviceRequests ?? [])
    .flatMap((request) => requestedNames(request, directories))
    .map((name) => cdiDevice(name, directories));
}

/** Whether devices ask for programs of the host to be run. Throws `invalid` for devices that are not there. */
export function asksForHooks(hostConfig: HostConfig, directories: readonly string[] = CDI_DIRECTORIES): boolean {
  return describedDevices(hostConfig, directories).some(({ hooks }) => hooks.length > 0);
}

/**
 * A hook is a program of the host that is run with the container's tree at hand, which an image may have prepared for it
 * (CVE-2024-0132): our own launcher runs none. Throws `invalid`.
 */
export function assertNoHooks({ hooks }: Pick<OciSpec, 'hooks'>, remedy: string): void {
  if (hooks === undefined) return;
  const programs = [...new Set(Object.values(hooks).flatMap((all) => all.map(({ path }) => path)))].join(', ');
  throw new EngineError('invalid', `CDI device injection failed: a device asks for hooks (${programs}), ${remedy}`);
}

type DeviceRequest = NonNullable<HostConfig['DeviceRequests']>[number];

/** CDI names of a request: given as such, or the host's graphics processors by number, name or count. */
function requestedNames(request: DeviceRequest, directories: readonly string[]): string[] {
  const ids = request.DeviceIDs ?? [];
  const driver = request.Driver ?? '';
  const capabilities = request.Capabilities ?? [];
  if (driver === 'cdi') return [...ids];
  const isGpu = capabilities.some((set) => set.includes('gpu'));
  const known = isGpu && (driver === '' || driver === 'nvidia') ? cdiDeviceNames(GPU_KIND, directories) : [];
  if (known.length === 0) {
    const shown = capabilities.map((set) => `[${set.join(' ')}]`).join(' ');
    throw new EngineError('invalid', `could not select device driver "${driver}" with capabilities: [${shown}]`);
  }
  if (ids.length > 0) return ids.map((id) => `${GPU_KIND}=${id}`);
  const count = request.Count ?? 0;
  if (count < 0) return [`${GPU_KIND}=all`];
  return known
    .filter((name) => /^\d+$/.test(name))
    .slice(0, count)
    .map((name) => `${GPU_KIND}=${name}`);
}
