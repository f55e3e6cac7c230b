import type {
  AppliedLayer,
  CgroupStep,
  DeviceStep,
  EndpointLink,
  EndpointStep,
  ExecPlan,
  ExitRecord,
  LaunchFailureKind,
  LaunchPlan,
  MountStep,
  NamespaceSource,
  NetworkPlan,
  ProcessIdentity,
  ProcessPlan,
} from './types.ts';
import { LaunchError } from './types.ts';

/** Must equal PROTOCOL_VERSION in runtime/launcher/proto.h. */
const protocolVersion = 4;
const protocolMagic = 0x48545242;
/** Requests may be this long; the launcher refuses more (proto.h FRAME_MAX). */
const frameMax = 4 << 20;
export const frameHeader = 5;

/** Request types, as in runtime/launcher/proto.h. */
export const request = {
  hello: 1,
  launch: 2,
  exec: 3,
  go: 4,
  kill: 5,
  resize: 6,
  pause: 7,
  resume: 8,
  attach: 9,
  control: 10,
  applyLayer: 11,
  removeTree: 12,
  makeDirectory: 13,
  ensureBridge: 14,
  removeInterface: 15,
  runHelper: 16,
  shutdown: 17,
  removeCgroups: 19,
  updateCgroups: 100,
  spreadSubdirectories: 101,
  stat: 80,
  archive: 81,
  extract: 82,
  changes: 83,
  layer: 84,
  usage: 85,
  fill: 86,
  flatten: 87,
  probeOverlay: 88,
  tidy: 89,
  relabel: 103,
  ensureParent: 102,
  sweepBridges: 60,
  removeOwnBridge: 61,
  connectEndpoint: 62,
  disconnectEndpoint: 63,
  startResolver: 64,
  retarget: 75,
} as const;

/** Answer types, as in runtime/launcher/proto.h. */
export const answer = {
  hello: 65,
  ok: 66,
  error: 67,
  created: 68,
  started: 69,
  exit: 70,
  attached: 71,
  layer: 72,
  helper: 73,
  place: 90,
  usage: 91,
} as const;

/** By their number in a refusal, as in runtime/launcher/error.h. */
export const failureKinds: readonly LaunchFailureKind[] = [
  'internal',
  'command-not-found',
  'command-not-executable',
  'bad-user',
  'bad-cwd',
  'bad-mount',
  'port-in-use',
  'process-gone',
  'internal',
  'bad-label',
];

/** Builds one frame: u32 length of the payload, u8 type, payload; all little endian. */
export class FrameWriter {
  #buffer = Buffer.allocUnsafe(4096);
  #size = frameHeader;

  constructor(type: number) {
    this.#buffer.writeUInt8(type, 4);
  }

  #room(size: number): number {
    const at = this.#size;
    const needed = at + size;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    this.#size = needed;
    return at;
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#buffer.writeUInt8(value, at);
    return this;
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  u16(value: number): this {
    const at = this.#room(2);
    this.#buffer.writeUInt16LE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#buffer.writeUInt32LE(value, at);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#room(8);
    this.#buffer.writeBigUInt64LE(value, at);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.u32(value.length);
    const at = this.#room(value.length);
    this.#buffer.set(value, at);
    return this;
  }

  /** Length, bytes, and a NUL that is not counted. Throws LaunchError when the text itself holds a NUL. */
  string(value: string): this {
    if (value.includes('\0')) throw new LaunchError('internal', 'a NUL byte is not allowed in a plan', 0);
    const size = Buffer.byteLength(value);
    this.u32(size);
    const at = this.#room(size + 1);
    this.#buffer.write(value, at);
    this.#buffer[at + size] = 0;
    return this;
  }

  list<T>(items: readonly T[], write: (item: T) => unknown): this {
    this.u32(items.length);
    for (const item of items) write(item);
    return this;
  }

  strings(items: readonly string[]): this {
    return this.list(items, (item) => this.string(item));
  }

  /** The finished frame. Throws LaunchError over the launcher's limit. */
  finish(): Buffer {
    const payload = this.#size - frameHeader;
    if (payload > frameMax) throw new LaunchError('internal', `the request is over the limit of ${frameMax} bytes`, 0);
    this.#buffer.writeUInt32LE(payload, 0);
    return this.#buffer.subarray(0, this.#size);
  }
}

/** Reads a payload front to back. Throws LaunchError when it is shorter than what is asked of it. */
export class FrameReader {
  readonly #payload: Buffer;
  #at = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  #take(size: number): number {
    const at = this.#at;
    if (at + size > this.#payload.length) throw new LaunchError('internal', 'the launcher sent a malformed answer', 0);
    this.#at = at + size;
    return at;
  }

  get isDone(): boolean {
    return this.#at === this.#payload.length;
  }

  u8(): number {
    return this.#payload.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#payload.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#payload.readUInt32LE(this.#take(4));
  }

  u64(): bigint {
    return this.#payload.readBigUInt64LE(this.#take(8));
  }

  string(): string {
    const size = this.u32();
    const at = this.#take(size + 1);
    return this.#payload.toString('utf8', at, at + size);
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.u32() }, read);
  }
}

/** A frame as received. */
export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

/** Cuts a byte stream into frames. `rest` gives what follows once the stream stops being frames. */
export class FrameSplitter {
  #pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
  }

  next(): Frame | null {
    if (this.#pending.length < frameHeader) return null;
    const end = frameHeader + this.#pending.readUInt32LE(0);
    if (this.#pending.length < end) return null;
    const frame = { type: this.#pending.readUInt8(4), payload: this.#pending.subarray(frameHeader, end) };
    this.#pending = this.#pending.subarray(end);
    return frame;
  }

  rest(): Buffer {
    const rest = this.#pending;
    this.#pending = Buffer.alloc(0);
    return rest;
  }
}

/** The first frame of every connection. */
export function encodeHello(): Buffer {
  return new FrameWriter(request.hello).u32(protocolMagic).u16(protocolVersion).finish();
}

/** The error that an `answer.error` payload carries. */
export function decodeError(payload: Buffer): LaunchError {
  const reader = new FrameReader(payload);
  const kind = failureKinds[reader.u8()] ?? 'internal';
  const errno = reader.u32();
  return new LaunchError(kind, reader.string(), errno);
}

/** The record that an `answer.exit` payload carries. */
export function decodeExit(payload: Buffer): ExitRecord {
  const reader = new FrameReader(payload);
  return {
    exitCode: reader.u8(),
    oomKilled: reader.u8() === 1,
    startedAt: reader.u64(),
    finishedAt: reader.u64(),
  };
}

/** What `answer.layer` says of a layer that was unpacked. */
export function decodeLayer(payload: Buffer): AppliedLayer {
  const reader = new FrameReader(payload);
  return {
    size: Number(reader.u64()),
    entries: Number(reader.u64()),
    warnings: reader.list(() => reader.string()),
  };
}

/** What `answer.created` says of a prepared or running process. */
export interface CreatedAnswer {
  readonly pid: number;
  readonly startTime: bigint;
  readonly startedAt: bigint;
  readonly hostPorts: readonly number[];
  readonly warnings: readonly string[];
  readonly firewall: bigint;
}

export function decodeCreated(payload: Buffer): CreatedAnswer {
  const reader = new FrameReader(payload);
  return {
    pid: reader.u32(),
    startTime: reader.u64(),
    startedAt: reader.u64(),
    hostPorts: reader.list(() => reader.u16()),
    warnings: reader.list(() => reader.string()),
    // A monitor of an earlier version does not tell.
    firewall: reader.isDone ? 0n : reader.u64(),
  };
}

function writeNamespace(writer: FrameWriter, source: NamespaceSource): void {
  if (source === 'new') writer.u8(0);
  else if (source === 'host') writer.u8(1);
  else writer.u8(2).u32(source.pid).u64(source.startTime);
}

function writeProcess(writer: FrameWriter, process: ProcessPlan): void {
  const capabilities = process.capabilities;
  writer.strings(process.args).strings(process.env).string(process.cwd).string(process.user);
  writer.strings(process.additionalGroups);
  writer.u64(capabilities.bounding).u64(capabilities.effective).u64(capabilities.permitted);
  writer.u64(capabilities.inheritable).u64(capabilities.ambient);
  writer.bool(process.noNewPrivileges).string(process.apparmorProfile);
  writer.string(process.selinuxLabel).string(process.mountLabel).bytes(process.seccomp);
  writer.list(process.rlimits, (limit) => writer.u32(limit.resource).u64(limit.soft).u64(limit.hard));
  writer.bool(process.oomScoreAdj !== null).u32((process.oomScoreAdj ?? 0) >>> 0);
  writer.u32(process.umask).bool(process.tty).bool(process.openStdin).bool(process.stdinOnce);
  writer.bool(process.consoleSize !== null);
  writer.u16(process.consoleSize?.rows ?? 0).u16(process.consoleSize?.columns ?? 0);
}

const propagations: Readonly<Record<MountStep['propagation'], number>> = {
  private: 0,
  slave: 1,
  shared: 2,
  rprivate: 16,
  rslave: 17,
  rshared: 18,
};

/** One mount of a plan, as plan.c reads it. */
export function writeMount(writer: FrameWriter, mount: MountStep): void {
  writer.string(mount.type).string(mount.source).string(mount.destination);
  writer.bool(mount.readonly).bool(mount.nosuid).bool(mount.nodev).bool(mount.noexec).bool(mount.recursive);
  const flags = (mount.readonlyTopOnly === true ? 32 : 0) + (mount.sourceWithoutLinks === true ? 64 : 0);
  writer
    .u8(propagations[mount.propagation] + flags)
    .string(mount.data)
    .string(mount.part ?? '');
}

function writeDevice(writer: FrameWriter, device: DeviceStep): void {
  writer.string(device.path).u8(device.type === 'b' ? 0x62 : 0x63);
  writer.u32(device.major).u32(device.minor).u32(device.mode).u32(device.uid).u32(device.gid);
  writer.string(device.source ?? device.path);
}

function writeCgroups(writer: FrameWriter, cgroups: readonly CgroupStep[]): void {
  writer.list(cgroups, (step) => {
    writer.string(step.path);
    writer.list(step.writes, (item) => writer.string(item.file).string(item.value).bool(item.required));
    writer.bool(step.unified).bool(step.freezer).bytes(step.deviceProgram);
  });
}

function writeSysctls(writer: FrameWriter, sysctls: readonly { name: string; value: string }[]): void {
  writer.list(sysctls, (item) => writer.string(item.name).string(item.value));
}

/** In the order of `enum link_kind` in runtime/launcher/plan.h. */
const LINK_KINDS = ['veth', 'macvlan', 'ipvlan'] as const satisfies readonly EndpointLink['kind'][];

function writeEndpoint(writer: FrameWriter, endpoint: EndpointStep): void {
  writer.string(endpoint.bridge).string(endpoint.interfaceName).string(endpoint.hostInterfaceName);
  writer.strings(endpoint.addresses).string(endpoint.macAddress).strings(endpoint.gateways).u32(endpoint.mtu);
  const { link } = endpoint;
  const [mode, flags] = link.kind === 'veth' ? [0, 0] : [link.mode, link.flags];
  writer.u8(LINK_KINDS.indexOf(link.kind)).u32(mode).u32(flags);
  writer.bool(link.kind === 'veth' && link.isolated);
  writeSysctls(writer, endpoint.sysctls);
}

/** The CONNECT_ENDPOINT request. */
export function encodeConnectEndpoint(container: ProcessIdentity, endpoint: EndpointStep): Buffer {
  const writer = new FrameWriter(request.connectEndpoint).u32(container.pid).u64(container.startTime);
  writeEndpoint(writer, endpoint);
  return writer.finish();
}

function writeNetwork(writer: FrameWriter, network: NetworkPlan): void {
  writeNamespace(writer, network.namespace);
  writer.list(network.endpoints, (endpoint) => {
    writeEndpoint(writer, endpoint);
  });
  writer.list(network.ports, (port) => {
    writer
      .bool(port.protocol === 'udp')
      .string(port.hostAddress)
      .u16(port.hostPort);
    writer.string(port.containerAddress).u16(port.containerPort);
    writer.u16(port.lastHostPort).bool(port.tied);
  });
  writeSysctls(writer, network.sysctls);
  writer.string(network.resolver);
}

/** The LAUNCH request; field order as in runtime/launcher/plan.c. */
export function encodeLaunch(plan: LaunchPlan): Buffer {
  const writer = new FrameWriter(request.launch);
  writer.string(plan.id).string(plan.stateDirectory).string(plan.socketPath);
  writer.bool(plan.logPath !== null).string(plan.logPath ?? '');
  writer.bool(plan.durableExit).bool(plan.init);
  writeProcess(writer, plan.process);
  writer.strings(plan.root.lower).string(plan.root.upper).string(plan.root.work);
  writer.bool(plan.root.volatile).bool(plan.root.readonly);
  writer.list(plan.mounts, (mount) => {
    writeMount(writer, mount);
  });
  writer.list(plan.devices, (device) => {
    writeDevice(writer, device);
  });
  writer.strings(plan.maskedPaths).strings(plan.readonlyPaths);
  for (const source of [plan.namespaces.pid, plan.namespaces.ipc, plan.namespaces.uts, plan.namespaces.cgroup])
    writeNamespace(writer, source);
  writer.string(plan.hostname).string(plan.domainname);
  writeSysctls(writer, plan.sysctls);
  writeCgroups(writer, plan.cgroups);
  writeNetwork(writer, plan.network);
  writer.u64(BigInt(plan.logRotation?.maximumSize ?? 0)).u32(plan.logRotation?.maximumFiles ?? 1);
  writer.string(plan.runtime?.program ?? '').strings(plan.runtime?.config ?? []);
  return writer.finish();
}

/** The APPLY_LAYER request, which the archive follows. */
export function encodeApplyLayer(destination: string, parents: readonly string[]): Buffer {
  return new FrameWriter(request.applyLayer).string(destination).strings(parents).finish();
}

/** The UPDATE_CGROUPS request. */
export function encodeCgroupUpdate(cgroups: readonly CgroupStep[]): Buffer {
  const writer = new FrameWriter(request.updateCgroups);
  writeCgroups(writer, cgroups);
  return writer.finish();
}

/** The EXEC request. */
export function encodeExec(plan: ExecPlan): Buffer {
  const writer = new FrameWriter(request.exec);
  writer.string(plan.id).string(plan.socketPath).u32(plan.target.pid).u64(plan.target.startTime);
  writeProcess(writer, plan.process);
  writeCgroups(writer, plan.cgroups);
  writer.bool(plan.restrictBeforeBirth);
  return writer.finish();
}
