/** One system call as the kernel shows it to a filter. */
export interface SyscallProbe {
  readonly number: number;
  readonly arch: number;
  readonly args: readonly bigint[];
}

/** Runs a classic BPF program over `struct seccomp_data`, as net/core/filter.c does. Throws for an instruction that the compiler does not emit. */
export function runBpf(program: Uint8Array, probe: SyscallProbe): number {
  const code = Buffer.from(program);
  const data = Buffer.alloc(64);
  data.writeUInt32LE(probe.number >>> 0, 0);
  data.writeUInt32LE(probe.arch >>> 0, 4);
  probe.args.forEach((value, index) => data.writeBigUInt64LE(value, 16 + index * 8));
  let accumulator = 0;
  for (let at = 0; at * 8 < code.length; at += 1) {
    const opcode = code.readUInt16LE(at * 8);
    const jump = { whenTrue: code.readUInt8(at * 8 + 2), whenFalse: code.readUInt8(at * 8 + 3) };
    const k = code.readUInt32LE(at * 8 + 4);
    switch (opcode) {
      case 0x20:
        accumulator = data.readUInt32LE(k);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05:
        at += k;
        break;
      case 0x15:
        at += accumulator === k ? jump.whenTrue : jump.whenFalse;
        break;
      case 0x25:
        at += accumulator > k ? jump.whenTrue : jump.whenFalse;
        break;
      case 0x35:
        at += accumulator >= k ? jump.whenTrue : jump.whenFalse;
        break;
      case 0x06:
        return k;
      default:
        throw new Error(`instruction ${opcode} is not one the compiler emits`);
    }
  }
  throw new Error('the program ran past its end');
}
