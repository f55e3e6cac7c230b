/**
 * An engine to be killed: launches a container from the plan on standard input, starts it, tells its process on
 * standard output, and stays.
 */
import { text } from 'node:stream/consumers';
import { openLauncher } from '../client.ts';
import type { LaunchPlan } from '../types.ts';

const { runDirectory, plan, start } = JSON.parse(await text(process.stdin), (key, value: unknown) =>
  key !== 'startTime' && typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
) as { runDirectory: string; plan: LaunchPlan; start: boolean };
const launcher = await openLauncher({ runDirectory });
const container = await launcher.launch({ ...plan, process: { ...plan.process, seccomp: new Uint8Array() } });
if (start) await container.start();
process.stdout.write(`${container.process.pid}\n`);
setInterval(() => undefined, 1000);
