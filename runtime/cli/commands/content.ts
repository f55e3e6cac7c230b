import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { command } from '../command.ts';
import { eachOf } from '../each.ts';
import { resourcesOf, restartPolicy } from '../create/resources.ts';
import { RESOURCE_FLAGS } from '../flags/container-flags.ts';
import { UsageError } from '../flags/flags.ts';
import { nameAndTag } from './pull.ts';

export const commit = command({
  name: 'commit',
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  summary: "Make an image of a container's files",
  specs: {
    author: { kind: 'string', short: 'a', help: 'Who made it, as "Ada <ada@example.com>"' },
    change: { kind: 'list', short: 'c', help: 'Dockerfile instruction for the image' },
    message: { kind: 'string', short: 'm', help: 'Words to remember it by' },
    'no-pause': { kind: 'boolean', help: 'Do not pause the container meanwhile' },
    pause: { kind: 'boolean', short: 'p', initial: true, help: 'Pause the container meanwhile', hidden: true },
  },
  completes: 'container',
  arity: [1, 2],
  run: async ({ api, stdout }, flags, [container = '', reference = '']) => {
    const { name, tag } = nameAndTag(reference);
    const { Id } = await api.json<{ Id: string }>('POST', '/commit', {
      query: {
        container,
        changes: flags.change,
        repo: name,
        tag,
        comment: flags.message,
        author: flags.author,
        pause: flags.pause && !flags['no-pause'] ? undefined : 0,
      },
      body: {},
    });
    stdout.write(`${Id}\n`);
    return 0;
  },
});

const KINDS = ['C', 'A', 'D'];

export const diff = command({
  name: 'diff',
  usage: 'CONTAINER',
  summary: "Show what changed in a container's files",
  specs: {},
  completes: 'container',
  arity: [1, 1],
  run: async ({ api, stdout }, _flags, [container = '']) => {
    if (container === '') throw new UsageError('container name cannot be empty');
    const changes = await api.json<{ Kind: number; Path: string }[] | null>('GET', `/containers/${container}/changes`);
    stdout.write((changes ?? []).map(({ Kind, Path }) => `${KINDS[Kind] ?? '?'} ${Path}\n`).join(''));
    return 0;
  },
});

export const exportFiles = command({
  name: 'export',
  usage: '[OPTIONS] CONTAINER',
  summary: "Write a container's files as a tar archive",
  specs: { output: { kind: 'string', short: 'o', help: 'File to write, in place of standard output' } },
  completes: 'container',
  arity: [1, 1],
  run: async ({ api, stdout }, flags, [container = '']) => {
    if (flags.output === undefined && stdout.isTTY)
      throw new UsageError('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    const archive = await api.open('GET', `/containers/${container}/export`);
    const sink = flags.output === undefined ? stdout : createWriteStream(flags.output, { mode: 0o600 });
    await pipeline(archive, sink, { end: flags.output !== undefined });
    return 0;
  },
});

export const update = command({
  name: 'update',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Change limits of containers',
  specs: RESOURCE_FLAGS,
  completes: 'container',
  arity: [1, Number.POSITIVE_INFINITY],
  run: (context, flags, containers) => {
    if (Object.values(flags).every((value) => value === undefined))
      throw new UsageError('you must provide one or more flags when using this command');
    const body = {
      ...resourcesOf(flags),
      RestartPolicy: flags.restart === undefined ? {} : restartPolicy(flags.restart),
    };
    return eachOf(context, containers, async (container) => {
      const { Warnings } = await context.api.json<{ Warnings: string[] | null }>(
        'POST',
        `/containers/${container}/update`,
        {
          body,
        },
      );
      for (const warning of Warnings ?? []) context.stderr.write(`${warning}\n`);
      return container;
    });
  },
});
