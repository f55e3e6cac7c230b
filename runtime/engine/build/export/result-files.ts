import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { EngineError } from '../../errors.ts';
import type { Digest } from '../../store/digest.ts';
import type { Predicate } from '../attest/provenance.ts';
import { statement, statementFile } from '../attest/statement.ts';
import { readTar, type TarMember } from '../tree/tar-reader.ts';
import { TAR_END, tarHeader, tarPadding } from '../tree/tar-writer.ts';

/** The files of the result for one platform. */
export interface ResultPart {
  /** Its files, as an uncompressed archive that is read once. */
  readonly open: () => Promise<Readable>;
  /** The platform, as `linux/amd64`. */
  readonly platform: string;
  /** What is attested of them, in files of their own beside them. */
  readonly predicates: readonly Predicate[];
}

/** How the parts are put together. */
export interface ResultForm {
  /** Whether each platform has a directory of its own, as `linux_amd64`. */
  readonly isSplit: boolean;
  /** What the names of files with attestations begin with. */
  readonly prefix: string;
  /** Seconds since the epoch that all files are given as their time; null leaves their times. */
  readonly epoch: number | null;
}

/** Mode of files with attestations, as BuildKit has it. */
const STATEMENT_MODE = 0o600;

/**
 * One archive of the files of all platforms, each followed by files that attest what they are. It fails with `invalid`
 * where two platforms have a file of one name and no directory of their own.
 */
export function resultArchive(parts: readonly ResultPart[], form: ResultForm): Readable {
  const output = new PassThrough({ highWaterMark: 1024 * 1024 });
  // Whoever reads it is told; its taker may have failed and not read it any more.
  output.on('error', () => undefined);
  const writer = new ResultWriter(output, form, parts.length > 1 && !form.isSplit);
  const run = async (): Promise<void> => {
    for (const part of parts) await writer.write(part);
  };
  run().then(
    () => output.end(TAR_END),
    (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return output;
}

class ResultWriter {
  readonly #output: PassThrough;
  readonly #form: ResultForm;
  /** Files of all platforms lie side by side. */
  readonly #isMixed: boolean;
  readonly #seen = new Set<string>();

  constructor(output: PassThrough, form: ResultForm, isMixed: boolean) {
    this.#output = output;
    this.#form = form;
    this.#isMixed = isMixed;
  }

  async write({ open, platform, predicates }: ResultPart): Promise<void> {
    const { isSplit, prefix, epoch } = this.#form;
    const directory = isSplit ? `${platform.replaceAll('/', '_')}/` : '';
    const now = epoch === null ? BigInt(Date.now()) * 1_000_000n : BigInt(epoch) * 1_000_000_000n;
    const timed = (member: TarMember): TarMember => (epoch === null ? member : { ...member, modified: now });
    if (isSplit) await this.#put(tarHeader({ ...OWN_MEMBER, name: directory, type: 'directory', modified: now }));
    const source = await open();
    const digests = new Map<string, Digest>();
    try {
      await readTar(source as AsyncIterable<Buffer>, async (member) => {
        const path = cleaned(member.name);
        if (path === '') return null;
        if (member.type !== 'directory') this.#check(`${directory}${path}`);
        const link = member.type === 'link' ? `${directory}${cleaned(member.link)}` : member.link;
        await this.#put(tarHeader(timed({ ...member, name: `${directory}${path}`, link })));
        if (member.type === 'link') {
          const linked = digests.get(cleaned(member.link));
          if (linked !== undefined) digests.set(path, linked);
        }
        if (member.type !== 'file') return null;
        const hash = createHash('sha256');
        return {
          data: (chunk) => {
            hash.update(chunk);
            return this.#put(Buffer.from(chunk));
          },
          end: () => {
            digests.set(path, `sha256:${hash.digest('hex')}`);
            return this.#put(tarPadding(member.size));
          },
        };
      });
    } finally {
      source.destroy();
    }
    const subject = [...digests].map(([name, digest]) => ({ name, digest }));
    for (const predicate of predicates) {
      const name = `${directory}${statementFile(predicate, prefix, this.#isMixed ? platform : '')}`;
      this.#check(name);
      const bytes = Buffer.from(JSON.stringify(statement(predicate, subject), null, 2));
      await this.#put(
        tarHeader({ ...OWN_MEMBER, name, mode: STATEMENT_MODE, size: bytes.length, modified: now }),
        bytes,
        tarPadding(bytes.length),
      );
    }
  }

  #check(path: string): void {
    if (this.#seen.has(path))
      throw new EngineError('invalid', `two results have the file ${path}: leave platform-split on`);
    this.#seen.add(path);
  }

  async #put(...pieces: readonly Buffer[]): Promise<void> {
    for (const bytes of pieces) {
      if (this.#output.destroyed) throw new EngineError('internal', 'nobody reads the result any more');
      if (!this.#output.write(bytes)) await Promise.race([once(this.#output, 'drain'), once(this.#output, 'close')]);
    }
  }
}

const OWN_MEMBER: TarMember = {
  name: '',
  type: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  modified: 0n,
  link: '',
  major: 0,
  minor: 0,
  attributes: new Map(),
};

function cleaned(name: string): string {
  return name
    .replace(/^(?:\.?\/)+/, '')
    .replace(/^\.$/, '')
    .replace(/\/+$/, '');
}
