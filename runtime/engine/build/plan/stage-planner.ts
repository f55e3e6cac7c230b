import { posix } from 'node:path';
import { signalNumber } from '../../../common/signals.ts';
import { messageOf } from '../../errors.ts';
import { expandWord } from '../dockerfile/expand.ts';
import type { ArgInstruction, CopyInstruction, Instruction, RunInstruction } from '../dockerfile/instructions.ts';
import { chomped } from '../dockerfile/lines.ts';
import type { LintWarning } from '../dockerfile/lint.ts';
import { parseRunDevice } from '../dockerfile/run-devices.ts';
import { parseRunMount, type RunMount } from '../dockerfile/run-mounts.ts';
import { nearest, SyntaxMistake } from '../dockerfile/source.ts';
import { modeChange } from '../execute/chmod.ts';
import type { CopyOperation } from './copy-operation.ts';
import { isGitSource, parseGitSource, withFlags } from './git-source.ts';
import { healthText, plainList, quotedList } from './go-format.ts';
import type { ImageState } from './image-state.ts';
import { isRemoteSource } from './remote-source.ts';
import { commandWithShell, runCommand } from './run-command.ts';
import type { BuildOptions } from './options.ts';
import type { PlannedMount, RunOperation } from './run-operation.ts';
import { SCRATCH, type Operation, type Place, type Vertex } from './vertex.ts';

/** What a stage's instructions may look up. */
export interface StageScope {
  readonly options: BuildOptions;
  readonly escape: string;
  /** ARGs before the first FROM, with their values. */
  readonly globals: ReadonlyMap<string, string>;
  /** The filesystem of a stage before this one, or of an image. Throws EngineError. */
  source(name: string): Promise<Vertex>;
  /** Told of what works and is probably not meant. */
  readonly onWarning: (warning: LintWarning) => void;
}

/** Proxies, which RUN gets without being declared and which are no part of what a step is. */
const PROXY_NAMES: ReadonlySet<string> = new Set(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
);

/** Carries one instruction out on a stage's image. Throws SyntaxMistake or EngineError. */
export async function applyInstruction(
  state: ImageState,
  instruction: Instruction,
  place: Place,
  scope: StageScope,
): Promise<void> {
  const expand = expander(state, instruction, scope);
  const { config } = state;
  switch (instruction.kind) {
    case 'ARG':
      declareArgs(state, instruction, scope, expand);
      break;
    case 'ENV': {
      // All values are those before the instruction.
      const pairs = instruction.pairs.map(({ key, value }) => [expand(key), expand(value)] as const);
      for (const [key, value] of pairs) state.setVariable(key, value);
      state.note(`ENV ${pairs.map(([key, value]) => `${key}=${value}`).join(' ')}`);
      break;
    }
    case 'LABEL': {
      const pairs = instruction.pairs.map(({ key, value }) => [expand(key), expand(value)] as const);
      config.Labels = { ...config.Labels, ...Object.fromEntries(pairs) };
      state.note(`LABEL ${pairs.map(([key, value]) => `${key}=${value}`).join(' ')}`);
      break;
    }
    case 'RUN': {
      const operation = await runOperation(state, instruction, scope, expand);
      add(state, operation, place);
      const args = [...state.buildArgs].map(([key, value]) => `${key}=${state.environment.get(key) ?? value}`);
      const prefix = args.length === 0 ? '' : `|${args.length} ${args.join(' ')} `;
      state.note(`RUN ${prefix}${operation.args.join(' ')} # buildkit`, state.filesystem);
      break;
    }
    case 'COPY':
    case 'ADD':
      await copy(state, instruction, place, scope, expand);
      break;
    case 'CMD':
      config.Cmd = commandWithShell(instruction.command, config.Shell);
      config.ArgsEscaped = true;
      state.commandSet = true;
      state.note(`CMD ${quotedList(config.Cmd)}`);
      break;
    case 'ENTRYPOINT':
      config.Entrypoint = commandWithShell(instruction.command, config.Shell);
      // A command of the base image belongs to the entrypoint that it had.
      if (!state.commandSet) delete config.Cmd;
      state.note(`ENTRYPOINT ${quotedList(config.Entrypoint)}`);
      break;
    case 'SHELL':
      config.Shell = instruction.words;
      state.note(`SHELL ${plainList(instruction.words)}`);
      break;
    case 'WORKDIR': {
      const path = posix.resolve('/', state.directory, expand(instruction.value));
      config.WorkingDir = path;
      if (path === '/') {
        state.note(`WORKDIR ${path}`);
        break;
      }
      add(state, { kind: 'workdir', path, user: config.User ?? '' }, place);
      state.note(`WORKDIR ${path}`, state.filesystem);
      break;
    }
    case 'USER':
      config.User = expand(instruction.value);
      state.note(`USER ${config.User}`);
      break;
    case 'STOPSIGNAL': {
      const signal = expand(instruction.value);
      if (signalNumber(signal) === null) throw new SyntaxMistake(`invalid signal: ${signal}`);
      config.StopSignal = signal;
      state.note(`STOPSIGNAL ${signal}`);
      break;
    }
    case 'MAINTAINER':
      state.author = instruction.value;
      state.note(`MAINTAINER ${instruction.value}`);
      break;
    case 'EXPOSE': {
      const ports = instruction.values.flatMap((value) => expand(value).split(/\s+/)).filter((one) => one !== '');
      const exposed = ports.flatMap(portsOf);
      config.ExposedPorts = { ...config.ExposedPorts, ...Object.fromEntries(exposed.map((port) => [port, {}])) };
      state.note(`EXPOSE ${plainList(ports)}`);
      break;
    }
    case 'VOLUME': {
      const paths = instruction.values.map(expand);
      if (paths.includes('')) throw new SyntaxMistake('VOLUME specified can not be an empty string');
      config.Volumes = { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) };
      state.note(`VOLUME ${plainList(paths)}`);
      break;
    }
    case 'HEALTHCHECK':
      config.Healthcheck = instruction.check;
      state.note(`HEALTHCHECK ${healthText(instruction.check)}`);
      break;
    case 'ONBUILD':
      config.OnBuild = [...(config.OnBuild ?? []), instruction.expression];
      break;
  }
}

type Expand = (word: string) => string;

function expander(state: ImageState, instruction: Instruction, scope: StageScope): Expand {
  // What an instruction sets does not count for itself.
  const before = new Map(state.environment);
  const told = new Set<string>();
  const expand = (word: string): string =>
    expandWord(word, (name) => before.get(name), {
      escape: scope.escape,
      onUnset: (name) => {
        // One that was declared without a value is meant to be empty.
        if (state.buildArgs.has(name) || told.has(name)) return;
        told.add(name);
        const known = nearest(name, [...before.keys()]);
        const hint = known === null ? '' : ` (did you mean $${known}?)`;
        const message = `Usage of undefined variable '$${name}'${hint}`;
        scope.onWarning({ rule: 'UndefinedVar', message, span: instruction.span });
      },
    });
  return (word) => {
    try {
      return expand(word);
    } catch (error) {
      throw new SyntaxMistake(`failed to process ${JSON.stringify(word)}: ${messageOf(error)}`);
    }
  };
}

function declareArgs(
  state: ImageState,
  { args }: ArgInstruction,
  { options, globals }: StageScope,
  expand: Expand,
): void {
  const shown: string[] = [];
  for (const { key, value } of args) {
    const given = options.buildArgs.get(key);
    const chosen = given ?? (value === null ? globals.get(key) : expandLate(state, value, expand));
    if (chosen !== undefined) state.environment.set(key, chosen);
    state.buildArgs.set(key, chosen ?? '');
    shown.push(chosen === undefined ? key : `${key}=${chosen}`);
  }
  state.note(`ARG ${shown.join(' ')}`);
}

/** A default of one ARG may name another of the same instruction, unlike in ENV. */
function expandLate(state: ImageState, value: string, expand: Expand): string {
  const referenced = [...value.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = '']) => name);
  if (!referenced.some((name) => state.buildArgs.has(name))) return expand(value);
  return expandWord(value, (name) => state.environment.get(name), { escape: '\\' });
}

function add(state: ImageState, operation: Operation, place: Place): void {
  state.filesystem = { kind: 'step', parent: state.filesystem, operation, place };
}

async function runOperation(
  state: ImageState,
  instruction: RunInstruction,
  scope: StageScope,
  expand: Expand,
): Promise<RunOperation> {
  const { options } = scope;
  const isPrivileged = instruction.security === 'insecure';
  if (isPrivileged) assertAllowed('security.insecure', options);
  // What the whole build is given nobody needs to ask for.
  if (instruction.network === 'host' && options.network !== 'host') assertAllowed('network.host', options);
  const devices = instruction.devices.map((text) => parseRunDevice(expand(text)));
  const mounts: PlannedMount[] = [];
  for (const text of instruction.mounts) {
    const mount = parseRunMount(text, expand);
    const target = mount.target === '' ? '' : posix.resolve('/', state.directory, mount.target);
    if (target === '/') throw new SyntaxMistake(`invalid mount target "${mount.target}"`);
    mounts.push({
      mount: inNamespace(mount, target, options),
      destination: target,
      from: mount.from === '' ? null : await scope.source(mount.from),
    });
  }
  const { args, script } = runCommand(instruction, state.config.Shell);
  const network =
    instruction.network === '' || instruction.network === 'default' ? options.network : instruction.network;
  return {
    kind: 'run',
    args,
    script,
    environment: [...state.environment].map(([key, value]) => `${key}=${value}`),
    quietEnvironment: proxies(options.buildArgs)
      .filter(([key]) => !state.environment.has(key))
      .map(([key, value]) => `${key}=${value}`),
    directory: state.directory,
    user: state.config.User ?? '',
    mounts,
    network,
    isPrivileged,
    devices,
    hostname: options.buildArgs.get('BUILDKIT_SANDBOX_HOSTNAME') ?? '',
    platform: state.platform,
  };
}

/** Programs read the one or the other case of a proxy's variable, so each is there in both. */
function proxies(buildArgs: ReadonlyMap<string, string>): [string, string][] {
  return [...PROXY_NAMES].flatMap((key): [string, string][] => {
    const value = buildArgs.get(key) ?? buildArgs.get(key.toUpperCase()) ?? buildArgs.get(key.toLowerCase());
    return value === undefined ? [] : [[key, value]];
  });
}

/** A build may have cache mounts of its own: their ids get what it calls them together. */
function inNamespace(mount: RunMount, target: string, { buildArgs }: BuildOptions): RunMount {
  const namespace = buildArgs.get('BUILDKIT_CACHE_MOUNT_NS') ?? '';
  if (mount.type !== 'cache' || namespace === '') return mount;
  return { ...mount, id: `${namespace}/${mount.id === '' ? target : mount.id}` };
}

function assertAllowed(entitlement: string, { entitlements }: BuildOptions): void {
  if (!entitlements.has(entitlement))
    throw new SyntaxMistake(
      `granting entitlement ${entitlement} is not allowed by this build: use --allow ${entitlement}`,
    );
}

async function copy(
  state: ImageState,
  instruction: CopyInstruction,
  place: Place,
  scope: StageScope,
  expand: Expand,
): Promise<void> {
  const isAdd = instruction.kind === 'ADD';
  const words = instruction.sources.map(expand);
  const inline = instruction.heredocs.map((heredoc) => {
    const content = chomped(heredoc);
    return { name: heredoc.name, content: heredoc.expand ? expandContent(content, state, scope) : content };
  });
  const remotes = words.filter(isRemoteSource);
  if (remotes.length > 0 && !isAdd) throw new SyntaxMistake("source can't be a URL for COPY");
  if (instruction.checksum !== '' && (words.length !== 1 || remotes.length !== 1))
    throw new SyntaxMistake('checksum requires a single HTTP(S) or Git source');
  const checksum = expand(instruction.checksum);
  for (const remote of remotes.filter(isGitSource))
    withFlags(parseGitSource(remote), { checksum, keepGitDir: instruction.keepGitDir });
  const written = expand(instruction.destination);
  const resolved = posix.resolve('/', state.directory, written);
  const isDirectory = written === '' || /(?:^|\/)\.?$/.test(written) || written.endsWith('/..');
  const destination = isDirectory && resolved !== '/' ? `${resolved}/` : resolved;
  const chown = expand(instruction.chown);
  const chmod = expand(instruction.chmod);
  // What is no mode is told before anything is done.
  modeChange(chmod);
  const { from } = instruction;
  if (from.includes('$'))
    throw new SyntaxMistake(
      'variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround',
    );
  const operation: CopyOperation = {
    kind: 'copy',
    isAdd,
    from: from === '' ? null : await scope.source(from),
    context: '',
    sources: words.filter((word) => !isRemoteSource(word)),
    remotes,
    inline,
    destination,
    chown,
    chmod,
    parents: instruction.parents,
    exclude: instruction.exclude.map(expand).filter((pattern) => pattern !== ''),
    checksum,
    keepGitDir: instruction.keepGitDir ?? false,
    unpack: instruction.unpack,
  };
  // With --chmod BuildKit copies as without --link, and so its results are the same.
  if (instruction.link && chmod === '') {
    const above: Vertex = { kind: 'step', parent: SCRATCH, operation, place };
    state.filesystem = { kind: 'link', parent: state.filesystem, above, place };
  } else add(state, operation, place);
  const flags = [
    ...(instruction.parents ? ['--parents'] : []),
    ...(chown === '' ? [] : [`--chown=${chown}`]),
    ...(chmod === '' ? [] : [`--chmod=${chmod}`]),
  ];
  const shown = [...flags, ...words, ...inline.map(({ name }) => `<<${name}`), written];
  state.note(`${instruction.kind} ${shown.join(' ')} # buildkit`, state.filesystem);
}

/** Variables in the content of a heredoc; quotes stay what they are. */
function expandContent(content: string, state: ImageState, scope: StageScope): string {
  // Quotes mean nothing in a text, so they are kept from being read as such.
  let result = '';
  for (const [piece] of content.matchAll(/["']|[^"']+/g)) {
    if (piece === '"' || piece === "'") result += piece;
    else {
      try {
        result += expandWord(piece, (name) => state.environment.get(name), { escape: scope.escape });
      } catch (error) {
        throw new SyntaxMistake(messageOf(error));
      }
    }
  }
  return result;
}

/** `80`, `80/udp`, `8000-8010/tcp`, also with a host's part, which is left out. */
function portsOf(text: string): string[] {
  const [, first = '', last = '', protocol = 'tcp'] =
    /^(?:.*:)?(\d{1,5})(?:-(\d{1,5}))?(?:\/([A-Za-z]+))?$/.exec(text) ?? [];
  const start = Number(first);
  const end = last === '' ? start : Number(last);
  if (first === '' || start < 1 || end > 65_535 || end < start)
    throw new SyntaxMistake(`invalid containerPort: ${text}`);
  const kind = protocol.toLowerCase();
  if (!['tcp', 'udp', 'sctp'].includes(kind)) throw new SyntaxMistake(`invalid proto: ${protocol}`);
  return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${kind}`);
}
