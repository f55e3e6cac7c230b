import type { OutputOf } from '../contract/contract.ts';
import type { EngineConfiguration } from '../contract/engine-configuration.ts';
import { BridgeError } from '../rpc/error.ts';
import type { DockerClient } from './docker-client.ts';

const PATH = '/berth/configuration';

/** The engine's configuration file. Only our own engine hands it out; others have theirs changed by hand. */
export async function engineConfiguration(docker: DockerClient, signal: AbortSignal): Promise<EngineConfiguration> {
  try {
    const answer = await docker.json<{
      Path: string;
      Text: string;
      AtStart: readonly string[];
      Waiting: readonly string[];
      /** An earlier version of ours has none. */
      Managed?: { Path: string; Options: Readonly<Record<string, unknown>> };
    }>('GET', PATH, { signal });
    return {
      offered: true,
      path: answer.Path,
      text: answer.Text,
      atStart: answer.AtStart,
      waiting: answer.Waiting,
      managed: { path: answer.Managed?.Path ?? '', options: answer.Managed?.Options ?? {} },
    };
  } catch (error) {
    if (!(error instanceof BridgeError) || error.status !== 404) throw error;
    return { offered: false, path: '', text: '', atStart: [], waiting: [], managed: { path: '', options: {} } };
  }
}

/** Writes the file, unless the engine finds something wrong with it. */
export async function configureEngine(docker: DockerClient, text: string): Promise<OutputOf<'engine.configure'>> {
  const answer = await docker.json<{
    Problems: readonly { Field: string; Message: string }[];
    Changed: readonly string[];
    Waiting: readonly string[];
  }>('PUT', PATH, { body: { Text: text } });
  return {
    problems: answer.Problems.map(({ Field, Message }) => ({ field: Field, message: Message })),
    changed: answer.Changed,
    waiting: answer.Waiting,
  };
}
