import { expect, it } from 'vitest';
import { frontendOptions, WITHOUT_SESSION } from '../buildkit/frontend-options.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { BuildPlanner } from '../plan/planner.ts';
import { parsePlatform } from '../../images/platform.ts';
import { fetchedLayout } from './fetched-source.ts';
import { runFacts } from './run-facts.ts';

async function facts(...lines: string[]): Promise<ReturnType<typeof runFacts>> {
  const none = (): Promise<never> => Promise.reject(new Error('nothing is looked for'));
  const options = frontendOptions(new Map(), '', [], WITHOUT_SESSION);
  const file = parseDockerfile(['FROM scratch', ...lines].join('\n'));
  const { stages } = await new BuildPlanner(
    file,
    options,
    { find: none, layout: none, linked: none },
    () => undefined,
  ).plan();
  return runFacts(stages);
}

it('tells whether commands had the network, and what they were lent', async () => {
  const run = 'RUN --network=none --mount=type=secret,id=b --mount=type=ssh,required a';
  expect(await facts(run, 'RUN --network=none --mount=type=secret,id=a a')).toEqual({
    usesNetwork: false,
    lent: {
      secrets: [
        { id: 'a', optional: true },
        { id: 'b', optional: true },
      ],
      ssh: [{ id: 'default' }],
    },
  });
  expect((await facts(run, 'RUN a')).usesNetwork).toBe(true);
});

it('names an image of an OCI layout as package-url does', () => {
  const address = `oci-layout://store:tag@sha256:${'a'.repeat(64)}`;
  const layout = fetchedLayout('base', parsePlatform('linux/amd64'), address);
  expect(layout.uri).toBe(`pkg:oci/base@sha256%3A${'a'.repeat(64)}?platform=linux%2Famd64`);
});
