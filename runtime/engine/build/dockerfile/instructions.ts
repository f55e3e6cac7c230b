import type { Heredoc } from './lines.ts';
import type { Span } from './source.ts';
import type { Pair } from './words.ts';

/** What every instruction has. */
interface Common {
  readonly span: Span;
  /** The instruction as it was written, continuation lines joined. */
  readonly text: string;
}

/** The words of a command: a list to be run as it is, or a line for the shell. */
export type CommandLine =
  { readonly form: 'exec'; readonly words: readonly string[] } | { readonly form: 'shell'; readonly line: string };

export interface FromInstruction extends Common {
  readonly kind: 'FROM';
  readonly image: string;
  /** `AS name` in lower case; '' without one. */
  readonly as: string;
  readonly platform: string;
}

export interface ArgInstruction extends Common {
  readonly kind: 'ARG';
  readonly args: readonly { readonly key: string; readonly value: string | null }[];
}

export interface PairsInstruction extends Common {
  readonly kind: 'ENV' | 'LABEL';
  readonly pairs: readonly Pair[];
}

export interface RunInstruction extends Common {
  readonly kind: 'RUN';
  readonly command: CommandLine;
  readonly heredocs: readonly Heredoc[];
  /** Values of `--mount`, as written. */
  readonly mounts: readonly string[];
  readonly network: string;
  readonly security: string;
  readonly devices: readonly string[];
}

export interface CopyInstruction extends Common {
  readonly kind: 'COPY' | 'ADD';
  readonly sources: readonly string[];
  readonly heredocs: readonly Heredoc[];
  readonly destination: string;
  readonly from: string;
  readonly chown: string;
  readonly chmod: string;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly string[];
  readonly checksum: string;
  /** null when it does not say. */
  readonly keepGitDir: boolean | null;
  /** null: archives of the context are unpacked by ADD, those from elsewhere are not. */
  readonly unpack: boolean | null;
}

export interface CommandInstruction extends Common {
  readonly kind: 'CMD' | 'ENTRYPOINT';
  readonly command: CommandLine;
}

export interface ShellInstruction extends Common {
  readonly kind: 'SHELL';
  readonly words: readonly string[];
}

export interface TextInstruction extends Common {
  readonly kind: 'WORKDIR' | 'USER' | 'STOPSIGNAL' | 'MAINTAINER';
  readonly value: string;
}

export interface ListInstruction extends Common {
  readonly kind: 'EXPOSE' | 'VOLUME';
  readonly values: readonly string[];
}

export interface HealthcheckInstruction extends Common {
  readonly kind: 'HEALTHCHECK';
  /** As an image's configuration has it. */
  readonly check: Readonly<Record<string, unknown>>;
}

export interface OnbuildInstruction extends Common {
  readonly kind: 'ONBUILD';
  readonly expression: string;
}

/** Instructions that stand in a stage. */
export type Instruction =
  | ArgInstruction
  | PairsInstruction
  | RunInstruction
  | CopyInstruction
  | CommandInstruction
  | ShellInstruction
  | TextInstruction
  | ListInstruction
  | HealthcheckInstruction
  | OnbuildInstruction;

/** One `FROM` with what follows it. */
export interface Stage {
  readonly index: number;
  readonly from: FromInstruction;
  readonly instructions: readonly Instruction[];
}

/** Every instruction there is. */
export const INSTRUCTION_NAMES = [
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
] as const;
