/** Classic BPF as seccomp(2) takes it: struct sock_filter { u16 code; u8 jt; u8 jf; u32 k }, 8 bytes each. */
export interface BpfInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** BPF_LD | BPF_W | BPF_ABS */
export const BPF_LOAD = 0x20;
/** BPF_ALU | BPF_AND | BPF_K */
export const BPF_AND = 0x54;
/** BPF_JMP | BPF_JA */
export const BPF_JUMP = 0x05;
/** BPF_JMP | BPF_JEQ | BPF_K */
export const BPF_JEQ = 0x15;
/** BPF_JMP | BPF_JGT | BPF_K */
export const BPF_JGT = 0x25;
/** BPF_JMP | BPF_JGE | BPF_K */
export const BPF_JGE = 0x35;
/** BPF_RET | BPF_K */
export const BPF_RETURN = 0x06;

/** SECCOMP_RET_ALLOW */
export const RETURN_ALLOW = 0x7fff0000;
/** SECCOMP_RET_LOG: allowed, and written down. */
export const RETURN_LOG = 0x7ffc0000;

/** Longest program the kernel accepts (BPF_MAXINSNS). */
export const BPF_MAXIMUM_INSTRUCTIONS = 4096;

export function load(offset: number): BpfInstruction {
  return { code: BPF_LOAD, jt: 0, jf: 0, k: offset };
}

export function ret(value: number): BpfInstruction {
  return { code: BPF_RETURN, jt: 0, jf: 0, k: value >>> 0 };
}

/**
 * `if (A op k) whenTrue else whenFalse`, laid out with the false branch first. A conditional jump reaches 255
 * instructions only, so a longer one hops over an unconditional jump.
 */
export function branch(
  code: number,
  k: number,
  whenTrue: readonly BpfInstruction[],
  whenFalse: readonly BpfInstruction[],
): BpfInstruction[] {
  const test = { code, k: k >>> 0 };
  if (whenFalse.length <= 255) return [{ ...test, jt: whenFalse.length, jf: 0 }, ...whenFalse, ...whenTrue];
  return [{ ...test, jt: 0, jf: 1 }, { code: BPF_JUMP, jt: 0, jf: 0, k: whenFalse.length }, ...whenFalse, ...whenTrue];
}

/** The program as the kernel reads it, little-endian. */
export function assemble(program: readonly BpfInstruction[]): Uint8Array {
  if (program.length > BPF_MAXIMUM_INSTRUCTIONS) {
    throw new RangeError(`a seccomp program of ${program.length} instructions is over the kernel's limit`);
  }
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach((instruction, index) => {
    bytes.writeUInt16LE(instruction.code, index * 8);
    bytes.writeUInt8(instruction.jt, index * 8 + 2);
    bytes.writeUInt8(instruction.jf, index * 8 + 3);
    bytes.writeUInt32LE(instruction.k, index * 8 + 4);
  });
  return bytes;
}
