import { describe, expect, it } from 'vitest';
import { EngineError } from '../../errors.ts';
import { ANONYMOUS } from '../../registry/credentials.ts';
import { frontendOptions } from '../buildkit/frontend-options.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { BuildPlanner } from './planner.ts';

const SESSION = {
  secrets: new Map(),
  agents: { open: () => Promise.resolve(null) },
  credentials: () => Promise.resolve(ANONYMOUS),
  caches: { imports: [], exports: [], client: null },
  linked: new Map(),
};

async function planned(
  text: string,
  args: Readonly<Record<string, string>>,
  onWarning: ConstructorParameters<typeof BuildPlanner>[3] = () => undefined,
): ReturnType<BuildPlanner['plan']> {
  const attributes = new Map(Object.entries(args).map(([name, value]) => [`build-arg:${name}`, value]));
  const none = (): Promise<never> => Promise.reject(new EngineError('not-found', 'there are no images here'));
  const options = frontendOptions(attributes, '', [], SESSION);
  const images = { find: none, layout: none, linked: none };
  return new BuildPlanner(parseDockerfile(text), options, images, onWarning).plan();
}

/** Warnings of planning, as `rule:line message`. */
async function warnings(text: string, args: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const found: string[] = [];
  await planned(text, args, ({ rule, message, span }) => {
    found.push(`${rule}:${span.start} ${message}`);
  });
  return found;
}

describe('variables that are not set', () => {
  it.each([
    ['ENV A=$B', ["UndefinedVar:2 Usage of undefined variable '$B'"]],
    ['ENV PATH=$PAHT:/x', ["UndefinedVar:2 Usage of undefined variable '$PAHT' (did you mean $PATH?)"]],
    ['ARG A=$B', ["UndefinedVar:2 Usage of undefined variable '$B'"]],
    ['ARG VERSION\nLABEL version=$VERSION', []],
    ['ARG A\nARG B=$A', []],
    ['ARG A=1 B=$A', []],
    ['ENV A=${B:-c}', []],
    ['RUN echo $B', []],
  ])('%j', async (text, told) => {
    expect(await warnings(`FROM scratch\n${text}`)).toEqual(told);
  });

  it('counts what the build sets', async () => {
    expect(await warnings('FROM scratch\nARG A\nENV B=$A', { A: '1' })).toEqual([]);
    expect(await warnings('FROM scratch\nENV B=$A', { A: '1' })).toHaveLength(1);
  });
});

describe('what is shown of a step', () => {
  it.each([
    ['RUN echo $A "${B:-c}" \'$A\' \\$A $NONE', 'RUN echo 1 "c" \'$A\' \\$A $NONE'],
    ['RUN echo ${A', 'RUN echo ${A'],
    ['COPY --chown=$A x /', 'COPY --chown=1 x /'],
  ])('%s', async (written, shown) => {
    const { target } = await planned(`FROM scratch\nARG A\n${written}`, { A: '1' });
    const { filesystem } = target.image;
    expect(filesystem.kind === 'base' ? '' : filesystem.place.title).toBe(`[stage-0 2/2] ${shown}`);
  });
});

describe('proxies', () => {
  it('are there in both cases, but not where one is set', async () => {
    const { target } = await planned('FROM scratch\nENV no_proxy=own\nRUN x', { HTTP_PROXY: 'h', no_proxy: 'n' });
    const { filesystem } = target.image;
    const operation = filesystem.kind === 'step' ? filesystem.operation : null;
    expect(operation?.kind === 'run' ? operation.quietEnvironment : []).toEqual([
      'HTTP_PROXY=h',
      'http_proxy=h',
      'NO_PROXY=n',
    ]);
  });
});
