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

/** Warnings of planning, as `rule:line message`. */
async function warnings(text: string, args: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const attributes = new Map(Object.entries(args).map(([name, value]) => [`build-arg:${name}`, value]));
  const found: string[] = [];
  const none = (): Promise<never> => Promise.reject(new EngineError('not-found', 'there are no images here'));
  const options = frontendOptions(attributes, '', [], SESSION);
  const images = { find: none, layout: none, linked: none };
  await new BuildPlanner(parseDockerfile(text), options, images, ({ rule, message, span }) => {
    found.push(`${rule}:${span.start} ${message}`);
  }).plan();
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
