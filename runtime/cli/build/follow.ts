import type { Readable } from 'node:stream';
import { jsonLines } from '../../common/lines.ts';
import { CliError } from '../cli-error.ts';
import type { CliContext } from '../command.ts';
import { UsageError } from '../flags/flags.ts';
import { ProgressPrinter, type ProgressLine } from '../progress.ts';
import { PlainDisplay } from './progress/plain.ts';
import type { BuildDisplay, BuildStatus } from './progress/status.ts';
import { TtyDisplay } from './progress/tty.ts';

/** How progress is shown: the steps in docker's older words, BuildKit's ways, or not at all. */
export type ProgressMode = 'lines' | 'plain' | 'tty' | 'rawjson' | 'quiet';

/** What a build has come to. */
export interface Built {
  /** '' where no image was made. */
  readonly id: string;
  /** What exporters tell, under BuildKit's names. */
  readonly response: Readonly<Record<string, string>>;
  /** Words for the archives that were asked for. */
  readonly archives: readonly string[];
  /** Of the answer to a question. */
  readonly status: number;
  /** The answer to a question. */
  readonly answer: object;
}

interface BuildLine extends ProgressLine {
  readonly aux?: BuildStatus & {
    readonly ID?: string;
    readonly Response?: Readonly<Record<string, string>>;
    readonly Archive?: string;
    readonly Status?: number;
    readonly Answer?: object;
  };
  readonly errorDetail?: { readonly code?: number; readonly message: string };
}

/** Shows lines of the stream and, in BuildKit's ways, what happens. */
export interface Display {
  readonly line: (line: ProgressLine) => void;
  readonly steps: BuildDisplay | null;
}

/** Reads `--progress`. Throws UsageError. */
export function progressMode({ stderr }: CliContext, text = 'auto', isQuiet = false): ProgressMode {
  if (!['auto', 'plain', 'tty', 'rawjson', 'quiet'].includes(text))
    throw new UsageError(`invalid progress type ${JSON.stringify(text)}: use auto, plain, tty, rawjson or quiet`);
  if (isQuiet || text === 'quiet') return 'quiet';
  if (text === 'auto') return stderr.isTTY ? 'tty' : 'lines';
  if (text === 'tty' && !stderr.isTTY) throw new UsageError('failed to get console: the standard error is no terminal');
  return text as ProgressMode;
}

/** Where progress goes: in docker's older words to the standard output unless the result goes there. */
export function displayOf({ stdout, stderr }: CliContext, mode: ProgressMode, isTaken: boolean): Display {
  const nothing = (): void => undefined;
  switch (mode) {
    case 'quiet':
      return { line: nothing, steps: null };
    case 'lines': {
      const printer = new ProgressPrinter(isTaken ? stderr : stdout);
      return {
        line: (line) => {
          printer.print(line);
        },
        steps: null,
      };
    }
    case 'plain':
      return { line: nothing, steps: new PlainDisplay((text) => stderr.write(text)) };
    case 'tty':
      return { line: nothing, steps: new TtyDisplay(stderr) };
    case 'rawjson': {
      const update = (status: BuildStatus): void => void stderr.write(`${JSON.stringify(status)}\n`);
      return { line: nothing, steps: { update, finish: nothing } };
    }
  }
}

/** Shows a build to its end. Throws CliError with the code of the command that failed. */
export async function followBuild(answer: Readable, { line: show, steps }: Display): Promise<Built> {
  let id = '';
  let response: Readonly<Record<string, string>> = {};
  let status = 0;
  let answered: object = {};
  const archives: string[] = [];
  try {
    for await (const line of jsonLines<BuildLine>(answer)) {
      if (line.error !== undefined) throw new CliError(line.error, line.errorDetail?.code ?? 1);
      if (line.id === 'berth.trace') {
        if (line.aux !== undefined) steps?.update(line.aux);
        continue;
      }
      id = line.aux?.ID ?? id;
      response = line.aux?.Response ?? response;
      status = line.aux?.Status ?? status;
      answered = line.aux?.Answer ?? answered;
      if (line.aux?.Archive !== undefined) archives.push(line.aux.Archive);
      show(line);
    }
  } finally {
    steps?.finish();
  }
  return {
    id: id === '' ? (response['containerimage.config.digest'] ?? '') : id,
    response,
    archives,
    status,
    answer: answered,
  };
}

/** What exporters tell, for `--metadata-file`: JSON is put in as such. */
export function metadata(response: Readonly<Record<string, string>>): string {
  const values = Object.entries(response).map(([key, value]): [string, unknown] =>
    key === 'containerimage.descriptor'
      ? [key, JSON.parse(Buffer.from(value, 'base64').toString())]
      : [key, key === 'cache.manifests' ? JSON.parse(value) : value],
  );
  return `${JSON.stringify(Object.fromEntries(values.sort()), null, 2)}\n`;
}
