import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { containerCapabilities } from '../../runtime/engine/containers/capabilities.ts';
import { compileSeccompCached, defaultSeccompProfile } from '../../runtime/engine/seccomp/default-profile.ts';
import { boundingCapabilities, hostFacts } from '../../runtime/engine/system/host.ts';
import { run } from './command.ts';

const LEGACY_CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'pids', 'blkio', 'devices', 'freezer'];

/** Builds and runs `floor.c`: milliseconds until execve and until the process was reaped, one of each per call. */
export class KernelFloor {
  readonly #directory: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(directory: string, argv: readonly string[]) {
    const [file = '', ...args] = argv;
    this.#directory = directory;
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Below `parent`, where the engine's data are too: the filesystem counts. */
  static async open(parent: string, rootFilesystem: Buffer): Promise<KernelFloor> {
    const directory = mkdtempSync(join(parent, 'floor-'));
    const binary = join(directory, 'floor');
    const source = fileURLToPath(new URL('./floor.c', import.meta.url));
    await run({ argv: ['cc', '-O2', '-static', '-o', binary, source], env: {} });
    const layer = join(directory, 'layer');
    mkdirSync(layer);
    await run({ argv: ['tar', '-x', '-C', layer], env: {} }, rootFilesystem);
    const { kernel } = hostFacts();
    const capabilities = containerCapabilities({ add: [], drop: [], privileged: false }, boundingCapabilities());
    const program = compileSeccompCached(defaultSeccompProfile(), { capabilities: new Set(capabilities), kernel });
    const seccomp = join(directory, 'seccomp');
    writeFileSync(seccomp, program);
    const cgroups = LEGACY_CONTROLLERS.map((name) => `/sys/fs/cgroup/${name}`).filter((path) => existsSync(path));
    return new KernelFloor(directory, [binary, layer, directory, seccomp, ...cgroups]);
  }

  async measure(): Promise<{ executed: number; reaped: number }> {
    this.#child.stdin.write('\n');
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('the kernel floor could not be measured');
    const [executed = Number.NaN, reaped = Number.NaN] = line.value.split(' ').map(Number);
    return { executed: executed / 1000, reaped: reaped / 1000 };
  }

  close(): void {
    this.#child.stdin.end();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
