import { EngineError, messageOf } from '../../errors.ts';
import type { ImageRecord } from '../../images/catalog.ts';
import { MEDIA_TYPES } from '../../images/manifest.ts';
import { formatPlatform, fullPlatform, hostPlatform, parsePlatform, type Platform } from '../../images/platform.ts';
import { parseReference } from '../../images/reference.ts';
import { expandWord } from '../dockerfile/expand.ts';
import type { FromInstruction, Instruction, Stage } from '../dockerfile/instructions.ts';
import type { LintWarning } from '../dockerfile/lint.ts';
import { parseTrigger, type Dockerfile } from '../dockerfile/parse.ts';
import { csvFields } from '../dockerfile/run-mounts.ts';
import { DockerfileError, suggestion, SyntaxMistake, UnresolvedImage, type Span } from '../dockerfile/source.ts';
import { LAYOUT_PREFIX } from '../layout-images.ts';
import { ImageState, DEFAULT_PATH } from './image-state.ts';
import { namedContext } from './named-contexts.ts';
import type { CopyOperation } from './copy-operation.ts';
import type { BuildOptions } from './options.ts';
import { applyInstruction, type StageScope } from './stage-planner.ts';
import { SCRATCH, type Vertex } from './vertex.ts';

/** One instruction of a stage that is built. */
export interface PlannedStep {
  readonly text: string;
  readonly span: Span;
  /** What it makes; null for a setting. */
  readonly vertex: Vertex | null;
}

/** A stage with its instructions carried out on paper. */
export interface PlannedStage {
  readonly stage: Stage;
  readonly name: string;
  readonly image: ImageState;
  readonly steps: readonly PlannedStep[];
  /** `[build 1/5] FROM alpine`; '' for one that begins with another stage. */
  readonly baseTitle: string;
}

/** Where images that stages begin with come from. */
export interface ImageSource {
  /** Fetches the image of a name. */
  find(reference: string, platform: Platform): Promise<ImageRecord>;
  /** Fetches the image that `oci-layout://STORE@DIGEST` means, which is called `name` here. */
  layout(address: string, platform: Platform, name: string): Promise<ImageRecord>;
  /** Builds the image that a link to another build means. */
  linked(name: string, platform: Platform): Promise<ImageRecord>;
}

const IMAGE_PREFIX = 'docker-image://';
/** What another build makes. */
const LINK_PREFIX = 'input:';
const IMAGE_PREFIXES = [IMAGE_PREFIX, LINK_PREFIX, LAYOUT_PREFIX];

/** What makes a filesystem of a context: all its files, as they are. */
const COPY_ALL: CopyOperation = {
  kind: 'copy',
  isAdd: false,
  from: null,
  context: '',
  sources: ['/'],
  remotes: [],
  inline: [],
  destination: '/',
  chown: '',
  chmod: '',
  parents: false,
  exclude: [],
  checksum: '',
  keepGitDir: false,
  unpack: null,
};

/** Turns a Dockerfile into a graph, with only those stages that the target needs. Nothing is run. */
export class BuildPlanner {
  readonly #file: Dockerfile;
  readonly #options: BuildOptions;
  readonly #images: ImageSource;
  readonly #globals: ReadonlyMap<string, string>;
  readonly #planned = new Map<number, Promise<PlannedStage>>();
  readonly #namedVertices = new Map<string, Vertex>();
  readonly #onWarning: (warning: LintWarning) => void;
  /** Why images that were asked for could not be had, in BuildKit's words. */
  readonly #unresolved = new WeakMap<Error, string>();

  constructor(file: Dockerfile, options: BuildOptions, images: ImageSource, onWarning: (warning: LintWarning) => void) {
    this.#file = file;
    this.#options = options;
    this.#images = images;
    this.#onWarning = onWarning;
    this.#globals = this.#evaluateGlobals();
  }

  /** Plans the target and what it needs; stages in the order of the Dockerfile. Throws DockerfileError, EngineError. */
  async plan(): Promise<{ target: PlannedStage; stages: readonly PlannedStage[] }> {
    const target = await this.#stage(this.#targetIndex());
    // A plan that is there may have begun others, whose failure is a failure too.
    let count = 0;
    let stages: PlannedStage[] = [];
    while (count !== this.#planned.size) {
      count = this.#planned.size;
      stages = await Promise.all(this.#planned.values());
    }
    return { target, stages: stages.sort((a, b) => a.stage.index - b.stage.index) };
  }

  /** Plans all stages, each as far as it goes. Returns what went wrong, in the order of the Dockerfile. */
  async planAll(): Promise<readonly unknown[]> {
    const results = await Promise.allSettled(this.#file.stages.map(({ index }) => this.#stage(index)));
    return results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  }

  #targetIndex(): number {
    const { stages } = this.#file;
    const { target } = this.#options;
    if (target === '') return stages.length - 1;
    const index = this.#findStage(target.toLowerCase(), stages.length);
    if (index !== null) return index;
    const names = stages.map(({ from }) => from.as).filter((name) => name !== '');
    throw new EngineError(
      'invalid',
      `target stage ${JSON.stringify(target)} could not be found${suggestion(target, names)}`,
    );
  }

  /** The stage a name or number means, of those before `before`. */
  #findStage(name: string, before: number): number | null {
    const { stages } = this.#file;
    for (let index = before - 1; index >= 0; index -= 1) if (stages[index]?.from.as === name) return index;
    const number = /^\d+$/.test(name) ? Number(name) : -1;
    return number >= 0 && number < before ? number : null;
  }

  #evaluateGlobals(): Map<string, string> {
    const { buildArgs } = this.#options;
    const globals = platformArgs(this.#options, this.#file);
    for (const [key, value] of globals) globals.set(key, buildArgs.get(key) ?? value);
    for (const instruction of this.#file.globals) {
      for (const { key, value } of instruction.args) {
        const given = buildArgs.get(key);
        const chosen =
          given ?? (value === null ? undefined : this.#at(instruction.span, () => this.#expand(value, globals)));
        if (chosen !== undefined) globals.set(key, chosen);
      }
    }
    return globals;
  }

  #expand(word: string, variables: ReadonlyMap<string, string>): string {
    return expandWord(word, (name) => variables.get(name), { escape: this.#file.lines.escape });
  }

  /** An instruction as it is shown while it is carried out: with the values of its variables. */
  #shown(text: string, variables: ReadonlyMap<string, string>): string {
    try {
      const { escape } = this.#file.lines;
      return expandWord(text, (name) => variables.get(name), { escape, raw: true });
    } catch (error) {
      if (error instanceof SyntaxMistake) return text;
      throw error;
    }
  }

  #stage(index: number): Promise<PlannedStage> {
    const known = this.#planned.get(index);
    if (known !== undefined) return known;
    const stage = this.#file.stages[index];
    if (stage === undefined) throw new EngineError('internal', `there is no stage ${index}`);
    const planned = this.#planStage(stage);
    planned.catch(() => undefined);
    this.#planned.set(index, planned);
    return planned;
  }

  async #planStage(stage: Stage): Promise<PlannedStage> {
    const { from } = stage;
    const name = from.as === '' ? `stage-${stage.index}` : from.as;
    const label = this.#label(stage);
    const start = await this.#located(from.span, () => this.#begin(stage));
    const { image } = start;
    const triggers = await this.#located(from.span, () =>
      Promise.resolve((image.config.OnBuild ?? []).map((text) => parseTrigger(text, from.span))),
    );
    delete image.config.OnBuild;
    const instructions = [...triggers, ...stage.instructions];
    // Those that others are waited for by are begun at once.
    for (const instruction of instructions) this.#beginSources(instruction, stage);
    const steps: PlannedStep[] = [{ text: from.text, span: from.span, vertex: image.filesystem }];
    const makers = instructions.filter(({ kind }) => ['RUN', 'COPY', 'ADD', 'WORKDIR'].includes(kind));
    // For a stage that begins with another one, or with nothing, there is nothing to do.
    const { hasBase } = start;
    const total = makers.length + (hasBase ? 1 : 0);
    let number = hasBase ? 1 : 0;
    const numbered = (text: string): string =>
      `[${[...label, `${String(number).padStart(String(total).length)}/${total}`].join(' ')}] ${text}`;
    const baseTitle = hasBase ? numbered(`FROM ${start.name}`) : '';
    for (const instruction of instructions) {
      const before = image.filesystem;
      const isMaker = makers.includes(instruction);
      if (isMaker) number += 1;
      const isTrigger = triggers.includes(instruction);
      const text = `${isTrigger ? 'ONBUILD ' : ''}${instruction.text.replaceAll(/\s*\n\s*/g, ' ')}`;
      const place = {
        title: numbered(
          `${this.#shown(text, shownVariables(image.environment, instruction))}${scriptSummary(instruction)}`,
        ),
        span: instruction.span,
        stage: name,
      };
      await this.#located(instruction.span, () => applyInstruction(image, instruction, place, this.#scope(stage)));
      const vertex = image.filesystem === before ? null : image.filesystem;
      steps.push({ text, span: instruction.span, vertex });
    }
    return { stage, name, image, steps, baseTitle };
  }

  /** What stands before the numbers of a stage's steps: no name where there is nothing else that is built on. */
  #label({ from, index }: Stage): string[] {
    const name = from.as === '' ? `stage-${index}` : from.as;
    return [
      ...(this.#options.platforms.length > 1 ? [fullPlatform(this.#platform())] : []),
      ...(this.#isAlone() ? [] : [name]),
    ];
  }

  #isAlone(): boolean {
    const [only, ...others] = this.#file.stages;
    return (
      others.length === 0 &&
      only?.instructions.some(
        (one) => (one.kind === 'RUN' && one.mounts.length > 0) || (one.kind === 'COPY' && one.from !== ''),
      ) === false
    );
  }

  #beginSources(instruction: Instruction, stage: Stage): void {
    const names =
      instruction.kind === 'COPY'
        ? [instruction.from]
        : instruction.kind === 'RUN'
          ? instruction.mounts.map((text) => /(?:^|,)from=([^,]*)/.exec(text)?.[1] ?? '')
          : [];
    for (const name of names) {
      const index = name === '' ? null : this.#findStage(name.toLowerCase(), stage.index);
      if (index !== null) void this.#stage(index);
    }
  }

  #scope(stage: Stage): StageScope {
    return {
      options: this.#options,
      escape: this.#file.lines.escape,
      globals: this.#globals,
      onWarning: this.#onWarning,
      source: async (name) => {
        const index = this.#findStage(name.toLowerCase(), stage.index);
        if (index !== null && this.#named(name) === undefined) return (await this.#stage(index)).image.filesystem;
        const files = this.#namedFiles(name, stage);
        if (files !== null) return files;
        if ((this.#named(name) ?? name.toLowerCase()).replace(IMAGE_PREFIX, '') === 'scratch') return SCRATCH;
        if (name === stage.from.as || /^\d+$/.test(name))
          throw new SyntaxMistake(`invalid from flag value ${name}: there is no such stage before this one`);
        return { kind: 'base', image: await this.#image(name, this.#platform()) };
      },
    };
  }

  #platform(): Platform {
    return this.#options.platform ?? hostPlatform();
  }

  /** The platform that a FROM names, or that of the build. Throws SyntaxMistake for one that there is not. */
  #platformOf({ platform: word }: FromInstruction): Platform {
    if (word === '') return this.#platform();
    let unset = '';
    const { escape } = this.#file.lines;
    const onUnset = (name: string): void => void (unset ||= name);
    const text = expandWord(word, (name) => this.#globals.get(name), { escape, onUnset });
    const hint = unset === '' ? '' : suggestion(unset, [...this.#globals.keys()]);
    if (text === '') throw new SyntaxMistake(`empty platform value from expression ${word}${hint}`);
    try {
      return parsePlatform(text);
    } catch (error) {
      throw new SyntaxMistake(`failed to parse platform ${word}: ${messageOf(error)}${hint}`);
    }
  }

  #image(name: string, platform: Platform): Promise<ImageRecord> {
    const what = this.#named(name, platform);
    if (what?.startsWith(LINK_PREFIX) === true) return this.#images.linked(what.slice(LINK_PREFIX.length), platform);
    if (what?.startsWith(LAYOUT_PREFIX) === true) return this.#images.layout(what, platform, name);
    const asked = what?.slice(IMAGE_PREFIX.length) ?? name;
    assertReference(asked);
    return this.#images.find(asked, platform).catch((error: unknown) => {
      if (error instanceof Error && !(error instanceof EngineError && error.kind === 'invalid'))
        this.#unresolved.set(
          error,
          `${asked}: failed to resolve source metadata for ${fullName(asked)}: ${error.message}`,
        );
      throw error;
    });
  }

  /** What a name stands for by the client's word. */
  #named(name: string, platform = this.#platform()): string | undefined {
    return namedContext(this.#options, name, platform);
  }

  /** A named context that is a directory or an address: a filesystem that holds its files; null for anything else. */
  #namedFiles(name: string, stage: Stage): Vertex | null {
    const what = this.#named(name);
    if (what === undefined || IMAGE_PREFIXES.some((prefix) => what.startsWith(prefix))) return null;
    const known = this.#namedVertices.get(name);
    if (known !== undefined) return known;
    const place = { title: `[context ${name}] load from client`, span: stage.from.span, stage: name };
    const operation: CopyOperation = { ...COPY_ALL, context: name };
    const vertex: Vertex = { kind: 'step', parent: SCRATCH, operation, place };
    this.#namedVertices.set(name, vertex);
    return vertex;
  }

  /** The image a stage begins with. */
  async #begin(stage: Stage): Promise<{ image: ImageState; hasBase: boolean; name: string }> {
    const { from, index } = stage;
    const name = this.#expand(from.image, this.#globals);
    if (name === '') throw new SyntaxMistake(`base name (${from.image}) should not be blank`);
    const platform = this.#platformOf(from);
    const what = this.#named(name, platform);
    const isNamed = what !== undefined;
    const earlier = isNamed ? null : this.#findStage(name.toLowerCase(), index);
    if (earlier !== null && !/^\d+$/.test(name))
      return { image: (await this.#stage(earlier)).image.next(), hasBase: false, name };
    const start = { history: [], environment: new Map(), buildArgs: new Map() };
    const files = this.#namedFiles(name, stage);
    if (files !== null || (what ?? name).replace(IMAGE_PREFIX, '') === 'scratch') {
      const config = { Env: [`PATH=${DEFAULT_PATH}`], WorkingDir: '/' };
      const nothing = {
        osVersion: platform.osVersion ?? '',
        author: '',
        isOci: false,
        baseHistory: [],
        filesystem: files ?? SCRATCH,
      };
      return { image: new ImageState({ config, platform, ...nothing, ...start }), hasBase: files !== null, name };
    }
    const image = await this.#image(name, platform);
    const { document } = image;
    this.#checkPlatform(name, platform, image, from.span);
    return {
      image: new ImageState({
        config: document.config,
        platform: { os: document.os, architecture: document.architecture, variant: document.variant },
        osVersion: document.osVersion,
        author: document.author,
        isOci: image.manifestType === MEDIA_TYPES.ociManifest,
        baseHistory: document.history,
        filesystem: { kind: 'base', image },
        ...start,
      }),
      hasBase: true,
      name: isNamed ? name : fullName(name),
    };
  }

  #checkPlatform(name: string, expected: Platform, { document }: ImageRecord, span: Span): void {
    const { os, architecture } = document;
    if (os === expected.os && architecture === expected.architecture) return;
    const message = `Base image ${name} was pulled with platform "${formatPlatform({ ...document })}", expected "${formatPlatform(expected)}" for current build`;
    this.#onWarning({ rule: 'InvalidBaseImagePlatform', message, span });
  }

  #at<T>(span: Span, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#placed(error, span);
    }
  }

  async #located<T>(span: Span, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#placed(error, span);
    }
  }

  #placed(error: unknown, span: Span): unknown {
    const summary = error instanceof Error ? this.#unresolved.get(error) : undefined;
    if (error instanceof Error && summary !== undefined)
      return new UnresolvedImage(error, { span, source: this.#file.source, summary });
    if (
      error instanceof SyntaxMistake ||
      (error instanceof EngineError && error.kind === 'invalid' && !(error instanceof DockerfileError))
    )
      return new DockerfileError(messageOf(error), span, this.#file.source, { cause: error });
    return error;
  }
}

/** `docker.io/library/alpine:latest` */
function fullName(name: string): string {
  const { domain, path, tag, digest } = parseReference(name);
  const version = `${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
  return `${domain}/${path}${version === '' ? ':latest' : version}`;
}

/** The first line of a script in a heredoc, behind the instruction that runs it. */
function scriptSummary(instruction: Instruction): string {
  if (instruction.kind !== 'RUN' || instruction.heredocs.length !== 1) return '';
  const { command } = instruction;
  if (command.form !== 'shell' || !/^<<-?\S+$/.test(command.line.trim())) return '';
  const [first = '', ...more] = (instruction.heredocs[0]?.content ?? '').trim().split(/\r?\n/);
  return ` (${first}${more.length > 0 ? '...' : ''})`;
}

/** Variables as a step's line shows them: of a secret only that there is one. */
function shownVariables(variables: ReadonlyMap<string, string>, instruction: Instruction): ReadonlyMap<string, string> {
  const mounts = instruction.kind === 'RUN' ? instruction.mounts.map(csvFields) : [];
  const secrets = mounts
    .filter((fields) => fields.includes('type=secret'))
    .flatMap((fields) => fields.flatMap((field) => /^env=(.+)$/.exec(field)?.[1] ?? []));
  return secrets.length === 0 ? variables : new Map([...variables, ...secrets.map((name) => [name, '****'] as const)]);
}

function platformArgs({ platform, target }: BuildOptions, { stages }: Dockerfile): Map<string, string> {
  const args = new Map<string, string>();
  for (const [prefix, one] of [
    ['BUILD', hostPlatform()],
    ['TARGET', platform ?? hostPlatform()],
  ] as const) {
    args.set(`${prefix}PLATFORM`, fullPlatform(one));
    args.set(`${prefix}OS`, one.os);
    args.set(`${prefix}OSVERSION`, one.osVersion ?? '');
    args.set(`${prefix}ARCH`, one.architecture);
    args.set(`${prefix}VARIANT`, one.variant);
  }
  const stage = target === '' ? (stages.at(-1)?.from.as ?? '') : target;
  args.set('TARGETSTAGE', stage === '' ? 'default' : stage);
  return args;
}

/** Throws SyntaxMistake for what names no image. */
function assertReference(name: string): void {
  try {
    parseReference(name);
  } catch (error) {
    throw new SyntaxMistake(`failed to parse stage name ${JSON.stringify(name)}: ${messageOf(error)}`);
  }
}
