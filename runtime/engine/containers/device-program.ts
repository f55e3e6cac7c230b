import type { OciDeviceRule } from './oci-spec.ts';

/** Size of one instruction, in bytes (struct bpf_insn). */
const INSTRUCTION = 8;
/** linux/bpf.h: BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR. */
const DEVICE_TYPES: Readonly<Record<string, number>> = { b: 1, c: 2 };
/** linux/bpf.h: BPF_DEVCG_ACC_MKNOD, _READ, _WRITE. */
const ACCESS_BITS: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const ALL_ACCESS = 7;

const REGISTER = { result: 0, context: 1, access: 2, type: 3, major: 4, minor: 5 } as const;
/** Opcodes of the eBPF instruction set (RFC 9669). */
const OPCODE = {
  load32: 0x61,
  move32: 0xbc,
  move32Immediate: 0xb4,
  and32Immediate: 0x54,
  shiftRight32Immediate: 0x74,
  jumpEqual: 0x15,
  jumpNotEqual: 0x55,
  exit: 0x95,
} as const;

interface Instruction {
  readonly opcode: number;
  readonly destination: number;
  readonly source: number;
  readonly offset: number;
  readonly immediate: number;
}

function instruction(opcode: number, destination: number, source: number, offset: number, immediate = 0): Instruction {
  return { opcode, destination, source, offset, immediate };
}

/**
 * The rules of `linux.resources.devices` as a program for BPF_PROG_TYPE_CGROUP_DEVICE, which is how cgroup v2 controls
 * devices. As in cgroup v1 the last rule that fits decides, and what no rule fits is refused. Pure.
 */
export function deviceProgram(rules: readonly OciDeviceRule[]): Uint8Array {
  // struct bpf_cgroup_dev_ctx: u32 access_type (access in the upper half, type in the lower), u32 major, u32 minor.
  const prologue = [
    instruction(OPCODE.load32, REGISTER.access, REGISTER.context, 0),
    instruction(OPCODE.move32, REGISTER.type, REGISTER.access, 0),
    instruction(OPCODE.and32Immediate, REGISTER.type, 0, 0, 0xffff),
    instruction(OPCODE.shiftRight32Immediate, REGISTER.access, 0, 0, 16),
    instruction(OPCODE.load32, REGISTER.major, REGISTER.context, 4),
    instruction(OPCODE.load32, REGISTER.minor, REGISTER.context, 8),
  ];
  // What comes before a rule that fits everything can never decide, and the verifier refuses code nobody reaches.
  const last = rules.findLastIndex(fitsAll);
  const deciding = last < 0 ? [refuseAll, ...rules] : rules.slice(last);
  const instructions = [...prologue, ...deciding.toReversed().flatMap(ruleBlock)];
  const bytes = new Uint8Array(instructions.length * INSTRUCTION);
  const view = new DataView(bytes.buffer);
  for (const [index, { opcode, destination, source, offset, immediate }] of instructions.entries()) {
    const at = index * INSTRUCTION;
    view.setUint8(at, opcode);
    view.setUint8(at + 1, destination | (source << 4));
    view.setInt16(at + 2, offset, true);
    view.setInt32(at + 4, immediate, true);
  }
  return bytes;
}

const refuseAll: OciDeviceRule = { allow: false, type: 'a', major: null, minor: null, access: 'rwm' };

function fitsAll({ type, major, minor, access }: OciDeviceRule): boolean {
  return type === 'a' || (type === '*' && major === null && minor === null && accessMask(access) === ALL_ACCESS);
}

function accessMask(access: string): number {
  return Object.entries(ACCESS_BITS).reduce((mask, [letter, bit]) => (access.includes(letter) ? mask | bit : mask), 0);
}

/** Decides if the rule fits, else falls through to the next. A rule of type `a` means everything, as in cgroup v1. */
function ruleBlock(rule: OciDeviceRule): Instruction[] {
  const verdict = [
    instruction(OPCODE.move32Immediate, REGISTER.result, 0, 0, rule.allow ? 1 : 0),
    instruction(OPCODE.exit, 0, 0, 0),
  ];
  if (fitsAll(rule)) return verdict;
  const tests = [...typeTest(rule), ...accessTest(rule), ...numberTests(rule)];
  const length = tests.length + verdict.length;
  // A jump's offset counts from the instruction after it, to the one after the block.
  const aimed = tests.map((test, index) => (isJump(test) ? { ...test, offset: length - index - 1 } : test));
  return [...aimed, ...verdict];
}

function isJump({ opcode }: Instruction): boolean {
  return opcode === OPCODE.jumpEqual || opcode === OPCODE.jumpNotEqual;
}

function typeTest({ type }: OciDeviceRule): Instruction[] {
  const number = DEVICE_TYPES[type];
  return number === undefined ? [] : [instruction(OPCODE.jumpNotEqual, REGISTER.type, 0, 0, number)];
}

/** To be allowed, all that is asked must be in the rule; to be refused, any of it. */
function accessTest({ allow, access }: OciDeviceRule): Instruction[] {
  const mask = accessMask(access);
  if (mask === ALL_ACCESS) return [];
  return [
    instruction(OPCODE.move32, REGISTER.result, REGISTER.access, 0),
    instruction(OPCODE.and32Immediate, REGISTER.result, 0, 0, allow ? ALL_ACCESS & ~mask : mask),
    instruction(allow ? OPCODE.jumpNotEqual : OPCODE.jumpEqual, REGISTER.result, 0, 0, 0),
  ];
}

function numberTests({ major, minor }: OciDeviceRule): Instruction[] {
  return [
    ...(major === null ? [] : [instruction(OPCODE.jumpNotEqual, REGISTER.major, 0, 0, major)]),
    ...(minor === null ? [] : [instruction(OPCODE.jumpNotEqual, REGISTER.minor, 0, 0, minor)]),
  ];
}
