import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as yaml from 'yaml';
import * as z from 'zod';
import { EngineError } from '../errors.ts';
import type { RequestedDevices } from './device-requests.ts';
import { deviceNumbers } from './devices.ts';
import { OCI_HOOK_NAMES, type OciDevice, type OciDeviceRule, type OciHook, type OciMount } from './oci-spec.ts';

/**
 * Devices by the Container Device Interface (CDI specification 0.8): files that vendors put into these directories say
 * what a container needs to use a device. The later directory wins. These, unless the engine's settings name others.
 */
export const CDI_DIRECTORIES: readonly string[] = ['/etc/cdi', '/var/run/cdi'];

/** Largest specification read, in bytes: the biggest known, of a machine with eight processors, has 100 kB. */
const MAXIMUM_BYTES = 4 * 1024 * 1024;

const edits = z.looseObject({
  env: z.array(z.string()).nullish(),
  deviceNodes: z
    .array(
      z.looseObject({
        path: z.string(),
        hostPath: z.string().nullish(),
        type: z.string().nullish(),
        major: z.number().nullish(),
        minor: z.number().nullish(),
        fileMode: z.number().nullish(),
        permissions: z.string().nullish(),
        uid: z.number().nullish(),
        gid: z.number().nullish(),
      }),
    )
    .nullish(),
  mounts: z
    .array(
      z.looseObject({
        hostPath: z.string(),
        containerPath: z.string(),
        type: z.string().nullish(),
        options: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
  hooks: z
    .array(
      z.looseObject({
        hookName: z.enum(OCI_HOOK_NAMES),
        path: z.string().startsWith('/'),
        args: z.array(z.string()).nullish(),
        env: z.array(z.string()).nullish(),
        timeout: z.number().int().positive().nullish(),
      }),
    )
    .nullish(),
  additionalGids: z.array(z.number()).nullish(),
});

const annotations = z.record(z.string(), z.unknown());

const specification = z.looseObject({
  cdiVersion: z.string(),
  kind: z.string(),
  devices: z.array(
    z.looseObject({ name: z.string(), annotations: annotations.nullish(), containerEdits: edits.nullish() }),
  ),
  annotations: annotations.nullish(),
  containerEdits: edits.nullish(),
});

type Specification = z.infer<typeof specification>;
type Edits = z.infer<typeof edits>;

/** Names of the devices of a kind that the host describes. */
export function cdiDeviceNames(kind: string, directories: readonly string[] = CDI_DIRECTORIES): string[] {
  return readSpecifications(directories)
    .filter((one) => one.kind === kind)
    .flatMap(({ devices }) => devices.map(({ name }) => name));
}

/** All devices that the host describes, as `vendor/class=name`, each once. */
export function allCdiDevices(directories: readonly string[] = CDI_DIRECTORIES): string[] {
  const names = readSpecifications(directories).flatMap(({ kind, devices }) =>
    devices.map(({ name }) => `${kind}=${name}`),
  );
  return [...new Set(names)].sort();
}

/** Annotations by which BuildKit knows devices by a class of their own, and lets every build use them. */
const CLASS = 'org.mobyproject.buildkit.device.class';
const AUTO_ALLOW = 'org.mobyproject.buildkit.device.autoallow';

/** A device that the host describes. */
export interface FoundDevice {
  /** `vendor/class=name` */
  readonly qualifiedName: string;
  /** Whether a build may have it that was not allowed to. */
  readonly isAllowed: boolean;
}

/** Devices as builds name them: `vendor/class` (the first), `vendor/class=name`, `vendor/class=*`, or a class of BuildKit's. */
export function findCdiDevices(pattern: string, directories: readonly string[] = CDI_DIRECTORIES): FoundDevice[] {
  const all = readSpecifications(directories).flatMap((one) =>
    one.devices.map((device) => ({
      kind: one.kind,
      name: device.name,
      class: device.annotations?.[CLASS] ?? one.annotations?.[CLASS],
      isAllowed: [device.annotations?.[AUTO_ALLOW], one.annotations?.[AUTO_ALLOW]].some(
        (value) => String(value) === 'true',
      ),
    })),
  );
  const [kind = '', name] = pattern.split('=');
  const ofKind = all.filter(
    (device) => device.kind === kind && (name === undefined || name === '*' || device.name === name),
  );
  const found =
    ofKind.length > 0 ? (name === undefined ? ofKind.slice(0, 1) : ofKind) : all.filter((one) => one.class === pattern);
  return found.map((one) => ({ qualifiedName: `${one.kind}=${one.name}`, isAllowed: one.isAllowed }));
}

/** What the device `vendor/class=name` brings. Throws `invalid` when nobody describes it. */
export function cdiDevice(qualifiedName: string, directories: readonly string[] = CDI_DIRECTORIES): RequestedDevices {
  const [, kind, name] = /^([\w.-]+\/[\w.-]+)=([\w.:-]+)$/.exec(qualifiedName) ?? [];
  const found = readSpecifications(directories)
    .flatMap((one) => one.devices.map((device) => ({ one, device })))
    .findLast(({ one, device }) => one.kind === kind && device.name === name);
  if (found === undefined)
    throw new EngineError('invalid', `CDI device injection failed: unresolvable CDI devices ${qualifiedName}`);
  const all = [found.one.containerEdits, found.device.containerEdits].filter(
    (one) => one !== null && one !== undefined,
  );
  const nodes = all.flatMap(({ deviceNodes }) => deviceNodes ?? []).map((node) => deviceNode(qualifiedName, node));
  return {
    devices: nodes.map(({ device }) => device),
    rules: nodes.map(({ rule }) => rule),
    environment: all.flatMap(({ env }) => env ?? []),
    mounts: all.flatMap(({ mounts }) => mounts ?? []).map(ociMount),
    groups: all.flatMap(({ additionalGids }) => additionalGids ?? []).map(String),
    hooks: all.flatMap(({ hooks }) => hooks ?? []).map((hook) => [hook.hookName, ociHook(hook)]),
  };
}

function deviceNode(
  qualifiedName: string,
  node: NonNullable<Edits['deviceNodes']>[number],
): { device: OciDevice; rule: OciDeviceRule } {
  const hostPath = node.hostPath ?? node.path;
  const numbers = deviceNumbers(hostPath);
  const type = node.type === 'b' || node.type === 'c' ? node.type : numbers?.type;
  const major = node.major ?? numbers?.major;
  const minor = node.minor ?? numbers?.minor;
  if (type === undefined || major === undefined || minor === undefined)
    throw new EngineError('invalid', `CDI device injection failed: ${qualifiedName}: no device at ${hostPath}`);
  return {
    device: {
      path: node.path,
      hostPath,
      type,
      major,
      minor,
      fileMode: node.fileMode ?? numbers?.mode ?? 0o666,
      uid: node.uid ?? numbers?.uid ?? 0,
      gid: node.gid ?? numbers?.gid ?? 0,
    },
    rule: { allow: true, type, major, minor, access: node.permissions ?? 'rwm' },
  };
}

/**
 * A runtime gives a hook without an environment its own, and that may be the container's by then (CVE-2025-23266: an
 * image's LD_PRELOAD, obeyed by a program of the host).
 */
const HOOK_ENVIRONMENT = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

function ociHook({ path, args, env, timeout }: NonNullable<Edits['hooks']>[number]): OciHook {
  return {
    path,
    args: args ?? [path],
    env: (env ?? []).length > 0 ? (env ?? []) : HOOK_ENVIRONMENT,
    ...(timeout === null || timeout === undefined ? {} : { timeout }),
  };
}

function ociMount(mount: NonNullable<Edits['mounts']>[number]): OciMount {
  const type = mount.type ?? '';
  return {
    destination: mount.containerPath,
    type: type === '' ? 'bind' : type,
    source: mount.hostPath,
    options: mount.options ?? ['bind', 'rprivate'],
  };
}

/** A file that cannot be read or is none of the format describes nothing, as the specification asks. */
function readSpecifications(directories: readonly string[]): Specification[] {
  return directories.flatMap((directory) =>
    filesIn(directory)
      .filter((name) => /\.(?:json|ya?ml)$/.test(name))
      .sort()
      .flatMap((name) => readSpecification(join(directory, name)) ?? []),
  );
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // No such directory: the usual case.
  }
}

function readSpecification(path: string): Specification | null {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MAXIMUM_BYTES) return null;
    const parsed = specification.safeParse(path.endsWith('.json') ? JSON.parse(text) : parseYaml(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Loaded at first use: most engines never see a device described in YAML. No alias may blow the document up. */
function parseYaml(text: string): unknown {
  const { parse } = createRequire(import.meta.url)('yaml') as typeof yaml;
  return parse(text, { maxAliasCount: 0 });
}
