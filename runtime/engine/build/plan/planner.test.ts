import { describe, expect, it } from 'vitest';
import { EngineError } from '../../errors.ts';
import { frontendOptions, WITHOUT_SESSION } from '../buildkit/frontend-options.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { BuildPlanner } from './planner.ts';

async function planned(
  text: string,
  args: Readonly<Record<string, string>>,
  onWarning: ConstructorParameters<typeof BuildPlanner>[3] = () => undefined,
): ReturnType<BuildPlanner['plan']> {
  const attributes = new Map(Object.entries(args).map(([name, value]) => [`build-arg:${name}`, value]));
  const none = (): Promise<never> => Promise.reject(new EngineError('not-found', 'there are no images here'));
  const options = frontendOptions(attributes, '', [], WITHOUT_SESSION);
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
    ['ENV A=${B:-c}', ["UndefinedVar:2 Usage of undefined variable '$B'"]],
    ['RUN echo $B', []],
  ])('%j', async (text, told) => {
    expect(await warnings(`FROM scratch\n${text}`)).toEqual(told);
  });

  it('counts what the build sets', async () => {
    expect(await warnings('FROM scratch\nARG A\nENV B=$A', { A: '1' })).toEqual([]);
    expect(await warnings('FROM scratch\nENV B=$A', { A: '1' })).toHaveLength(1);
  });
});

describe('how steps are called', () => {
  const titles = async (text: string): Promise<string[]> => {
    const all = (await planned(text, {})).stages.flatMap(({ steps }) =>
      steps.flatMap(({ vertex }) => (vertex === null || vertex.kind === 'base' ? [] : [vertex.place.title])),
    );
    return [...new Set(all)];
  };

  it('names no stage where there is one, and numbers all alike', async () => {
    const eleven = Array.from({ length: 10 }, (_, index) => `RUN ${index}`).join('\n');
    expect((await titles(`FROM scratch AS a\n${eleven}`))[8]).toBe('[ 9/10] RUN 8');
    expect(await titles('FROM scratch\nRUN --mount=target=/x a')).toEqual(['[stage-0 1/1] RUN --mount=target=/x a']);
    expect(await titles('FROM scratch AS a\nRUN b\nFROM a\nRUN c')).toEqual(['[a 1/1] RUN b', '[stage-1 1/1] RUN c']);
    expect(await titles('FROM scratch\nRUN <<EOF\na\nb\nEOF')).toEqual(['[1/1] RUN <<EOF (a...)']);
  });

  it('shows of a variable that is a secret only that it is one', async () => {
    expect(await titles('FROM scratch\nENV A=old\nRUN --mount=type=secret,id=s,env=A echo $A')).toEqual([
      '[stage-0 1/1] RUN --mount=type=secret,id=s,env=A echo ****',
    ]);
  });

  it('keeps the line ends of Windows in what a heredoc holds', () => {
    const [stage] = parseDockerfile('FROM a\r\nCOPY <<EOF /x\r\nb\r\nEOF\r\nRUN c\r\n').stages;
    expect(stage?.instructions).toMatchObject([{ heredocs: [{ content: 'b\r\n' }] }, { command: { line: 'c' } }]);
  });

  it.each([
    ['FROM scratch AS a\nARG TARGETSTAGE\nENV S=$TARGETSTAGE', 'a'],
    ['FROM scratch AS a\nARG TARGETSTAGE\nENV S=$TARGETSTAGE\nFROM a', 'default'],
  ])('knows the name of the stage that is built: %j', async (text, name) => {
    const { target } = await planned(text, {});
    expect(target.image.environment.get('S')).toBe(name);
  });

  it('tells the version of a Windows that is built for', async () => {
    const options = frontendOptions(new Map([['platform', 'windows(1.2.3)/amd64']]), '', [], WITHOUT_SESSION);
    const none = (): Promise<never> => Promise.reject(new Error('nothing is looked for'));
    const file = parseDockerfile('FROM scratch\nARG TARGETPLATFORM\nARG TARGETOSVERSION');
    const planner = new BuildPlanner(file, options, { find: none, layout: none, linked: none }, () => undefined);
    const { image } = (await planner.plan()).target;
    expect(image.osVersion).toBe('1.2.3');
    expect(image.environment.get('TARGETPLATFORM')).toBe('windows(1.2.3)/amd64');
    expect(image.environment.get('TARGETOSVERSION')).toBe('1.2.3');
  });

  it('begins with nothing where a context says so', async () => {
    const options = frontendOptions(new Map([['context:a', 'docker-image:scratch']]), '', [], WITHOUT_SESSION);
    const none = (): Promise<never> => Promise.reject(new Error('nothing is looked for'));
    const file = parseDockerfile('FROM a\nCOPY --from=a:latest /b /');
    const planner = new BuildPlanner(file, options, { find: none, layout: none, linked: none }, () => undefined);
    expect((await planner.plan()).target.baseTitle).toBe('');
  });

  it('refuses a platform that there is not', async () => {
    await expect(planned('FROM --platform=foo scratch', {})).rejects.toThrow(
      'failed to parse platform foo: "foo": unknown operating system or architecture',
    );
    await expect(planned('FROM --platform=$BULIDPLATFORM scratch', {})).rejects.toThrow(
      'empty platform value from expression $BULIDPLATFORM (did you mean BUILDPLATFORM?)',
    );
    await expect(planned('ARG MY_ARCH=amd64\nFROM --platform=linux/${MYARCH} scratch', {})).rejects.toThrow(
      /failed to parse platform linux\/\$\{MYARCH\}: .* \(did you mean MY_ARCH\?\)/,
    );
  });
});

describe('what is shown of a step', () => {
  it.each([
    ['RUN echo $A "${B:-c}" \'$A\' \\$A $NONE', 'RUN echo 1 "${B:-c}" \'$A\' \\$A $NONE'],
    ['RUN echo ${A', 'RUN echo ${A'],
    ['COPY --chown=$A x /', 'COPY --chown=1 x /'],
  ])('%s', async (written, shown) => {
    const { target } = await planned(`FROM scratch\nARG A\n${written}`, { A: '1' });
    const { filesystem } = target.image;
    expect(filesystem.kind === 'base' ? '' : filesystem.place.title).toBe(`[1/1] ${shown}`);
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
