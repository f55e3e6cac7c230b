/** What can be written at a place in a Dockerfile. All pure. */

/** Every instruction with its flags; one that ends in `=` wants a value. */
export const INSTRUCTIONS = {
  ADD: ['chown=', 'chmod=', 'link', 'exclude=', 'checksum=', 'keep-git-dir', 'unpack='],
  ARG: [],
  CMD: [],
  COPY: ['from=', 'chown=', 'chmod=', 'link', 'parents', 'exclude='],
  ENTRYPOINT: [],
  ENV: [],
  EXPOSE: [],
  FROM: ['platform='],
  HEALTHCHECK: ['interval=', 'timeout=', 'start-period=', 'start-interval=', 'retries='],
  LABEL: [],
  ONBUILD: [],
  RUN: ['mount=', 'network=', 'security='],
  SHELL: [],
  STOPSIGNAL: [],
  USER: [],
  VOLUME: [],
  WORKDIR: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type Instruction = keyof typeof INSTRUCTIONS;

/** Values of flags that there are only a few of. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'RUN network': ['default', 'none', 'host'],
  'RUN security': ['sandbox', 'insecure'],
  'RUN mount': ['type=bind', 'type=cache', 'type=tmpfs', 'type=secret', 'type=ssh'],
  'FROM platform': ['$BUILDPLATFORM', '$TARGETPLATFORM'],
};

export interface Completion {
  readonly label: string;
  readonly kind: 'instruction' | 'flag' | 'stage' | 'image' | 'variable' | 'value';
}

interface Completions {
  /** Where what is completed begins. */
  readonly from: number;
  readonly options: readonly Completion[];
}

/** The stages of a Dockerfile in order; '' for one without a name. */
export function stagesOf(text: string): string[] {
  return [...text.matchAll(/^[ \t]*from[ \t]+\S[^\n]*$/gim)].map(([line]) => /\sas\s+(\S+)\s*$/i.exec(line)?.[1] ?? '');
}

/** Names of variables that ARG and ENV make. */
function variablesOf(text: string): string[] {
  const names = [...text.matchAll(/^[ \t]*(?:arg|env)[ \t]+([A-Za-z_]\w*)/gim)].map(([, name = '']) => name);
  return [...new Set(names)];
}

/** The instruction that the line of `position` belongs to, with all of it up to there. */
function statementAt(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  let first = lines.length - 1;
  while (first > 0 && /\\[ \t]*$/.test(lines[first - 1] ?? '')) first -= 1;
  return lines.slice(first).join('\n').trimStart();
}

/** What can stand at `position`; null when nothing is known. `images` are names that FROM may take. */
export function completionsAt(text: string, position: number, images: readonly string[]): Completions | null {
  const statement = statementAt(text, position);
  const options = (kind: Completion['kind'], labels: readonly string[]): Completion[] =>
    labels.map((label) => ({ label, kind }));
  const complete = (typed: string, found: readonly Completion[]): Completions | null =>
    found.length === 0 ? null : { from: position - typed.length, options: found };

  if (/^(?:onbuild[ \t]+)?[a-z]*$/i.test(statement)) {
    const typed = /[a-z]*$/i.exec(statement)?.[0] ?? '';
    const isLower = typed !== '' && typed === typed.toLowerCase();
    const names = Object.keys(INSTRUCTIONS);
    return complete(typed, options('instruction', isLower ? names.map((name) => name.toLowerCase()) : names));
  }
  const [, word = '', rest = ''] = /^(?:onbuild\s+)?([a-z]+)\s([^]*)$/i.exec(statement) ?? [];
  const name = word.toUpperCase();
  const flags = Object.hasOwn(INSTRUCTIONS, name) ? INSTRUCTIONS[name as Instruction] : undefined;
  if (flags === undefined) return null;
  const typed = /\S*$/.exec(rest)?.[0] ?? '';
  const before = rest.slice(0, rest.length - typed.length);
  const variable = /\$\{?(\w*)$/.exec(typed);
  if (variable !== null) return complete(variable[1] ?? '', options('variable', variablesOf(text)));
  const value = /^--([\w-]+)=([^]*)$/.exec(typed);
  if (value !== null) {
    const [, flag = '', given = ''] = value;
    if (flag === 'from') {
      const stages = stagesOf(text.slice(0, position)).slice(0, -1);
      return complete(given, [
        ...options(
          'stage',
          stages.map((stage, index) => (stage === '' ? String(index) : stage)),
        ),
        ...options('image', images),
      ]);
    }
    return complete(given, options('value', VALUES[`${name} ${flag}`] ?? []));
  }
  const isFirst = /^(?:--\S+\s+)*$/.test(before);
  if (isFirst && typed.startsWith('-'))
    return complete(
      typed,
      options(
        'flag',
        flags.map((flag) => `--${flag}`),
      ),
    );
  if (name === 'FROM' && isFirst) {
    const stages = stagesOf(text.slice(0, position)).slice(0, -1);
    const named = stages.filter((stage) => stage !== '');
    return complete(typed, [...options('stage', named), ...options('image', [...images, 'scratch'])]);
  }
  return null;
}
