/** Times launch, start and exit of a container through the client: `node benchmark.ts [rounds]`. */
import { Fixture, processPlan } from './fixture.ts';
import type { LaunchPlan } from '../types.ts';

const rounds = Number(process.argv[2] ?? '200');
const fixture = await Fixture.open();

function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(2);
  return `min ${at(0)}  p50 ${at(0.5)}  p95 ${at(0.95)} ms`;
}

async function measure(name: string, overrides: Partial<LaunchPlan>): Promise<void> {
  const plans: LaunchPlan[] = [];
  for (let round = 0; round < rounds; round++) plans.push(await fixture.plan(processPlan(['true']), overrides));
  const [created, started, exited]: [number[], number[], number[]] = [[], [], []];
  for (const plan of plans) {
    const begin = performance.now();
    const container = await fixture.launcher.launch(plan);
    created.push(performance.now() - begin);
    await container.start();
    started.push(performance.now() - begin);
    await container.exited;
    exited.push(performance.now() - begin);
  }
  process.stdout.write(
    `${name}\n  created ${spread(created)}\n  started ${spread(started)}\n  exited  ${spread(exited)}\n`,
  );
}

await measure('own network namespace, durable exit record', {});
await measure('own network namespace', { durableExit: false });
await measure("the host's network", {
  durableExit: false,
  network: { namespace: 'host', endpoints: [], ports: [], sysctls: [], resolver: '' },
});
await fixture.close();
