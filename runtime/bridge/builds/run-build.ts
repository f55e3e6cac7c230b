import { Readable } from 'node:stream';
import {
  BuildContextError,
  openContext,
  openEdited,
  registryConfigHeader,
  type BuildContext,
} from '../../common/build-context.ts';
import type { DockerConfig } from '../../common/docker-config.ts';
import { messageOf } from '../../common/errors.ts';
import type { BuildSettings } from '../../contract/builds.ts';
import { BridgeError } from '../../rpc/error.ts';
import type { DockerClient } from '../docker-client.ts';
import { jsonLines } from '../json-lines.ts';
import { placeOf } from './dockerfile.ts';
import type { OwnBuild } from './own-build.ts';

/** A line of the answer to `POST /build`. */
interface Line {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
  readonly aux?: { readonly ID?: string };
}

/** The context that settings name, with `text` for its Dockerfile if that is given. Throws BridgeError. */
export async function openSource(settings: BuildSettings, text: string | undefined): Promise<BuildContext> {
  const path = await placeOf(settings);
  try {
    return text === undefined
      ? await openContext(settings.directory, path, Readable.from([]))
      : await openEdited(settings.directory, path, text);
  } catch (error) {
    if (error instanceof BuildContextError) throw new BridgeError('not-found', sentence(error.message));
    throw new BridgeError('internal', 'The folder cannot be read.', { detail: messageOf(error) });
  }
}

function sentence(message: string): string {
  const text = message.replace(/^unable to prepare context: /, '');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What a build is called: its names, else that of its folder. */
export function titleOf({ tags, directory }: BuildSettings): string {
  return tags.length > 0 ? tags.join(',') : (directory.split('/').findLast((part) => part !== '') ?? directory);
}

/** Sends the context and follows the answer to its end. Rejects with what kept it from being built. */
export async function runBuild(
  docker: DockerClient,
  config: DockerConfig,
  build: OwnBuild,
  settings: BuildSettings,
  source: BuildContext,
): Promise<void> {
  const { signal } = build.controller;
  const response = await docker.open('POST', '/build', {
    query: {
      buildid: build.ref,
      t: settings.tags,
      dockerfile: source.dockerfile,
      target: settings.target === '' ? undefined : settings.target,
      buildargs: JSON.stringify(Object.fromEntries(settings.args.map(({ name, value }) => [name, value]))),
      platform: settings.platform === '' ? undefined : settings.platform,
      nocache: settings.noCache ? 1 : undefined,
      pull: settings.pull ? 1 : undefined,
      // As docker's own client asks, so that containers of steps do not stay.
      rm: 1,
      forcerm: 1,
    },
    headers: await registryConfigHeader(source.text, config),
    signal,
    ...(source.archive === null ? {} : { stream: source.archive }),
  });
  let failure: string | null = null;
  for await (const value of jsonLines(response)) {
    const line = value as Line;
    if (line.stream !== undefined) build.print(line.stream);
    if (line.aux?.ID !== undefined) build.made(line.aux.ID);
    failure ??= line.error ?? null;
  }
  if (failure !== null) throw new BridgeError('invalid', failure, { detail: failure });
}
