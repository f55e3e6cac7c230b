import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CliError } from '../cli-error.ts';
import { command, type CliContext } from '../command.ts';
import { packContext, unpackContext } from '../contexts/archive.ts';
import { readEndpoint } from '../contexts/endpoint.ts';
import {
  assertName,
  DEFAULT_CONTEXT,
  type ContextFiles,
  type ContextStore,
  type StoredContext,
} from '../contexts/store.ts';
import { contextStore, currentContext, defaultContext, dockerConfig } from './contexts.ts';

const DESCRIPTION = { kind: 'string', help: 'Description of the context' } as const;
const DOCKER = {
  kind: 'list',
  value: 'KEY=VALUE,...',
  help: 'Its engine: host=ADDRESS, and ca=, cert=, key=FILE, skip-tls-verify=true; or from=CONTEXT',
} as const;

/** Any context, the default one too, with its TLS material. */
async function whole(context: CliContext, name: string): Promise<{ stored: StoredContext; files: ContextFiles }> {
  if (name === DEFAULT_CONTEXT) return { stored: defaultContext(context), files: new Map() };
  const store = contextStore(context);
  return { stored: await store.get(name), files: await store.files(name) };
}

/** The endpoint that `--docker` describes, which may be another context's. */
async function requested(context: CliContext, descriptions: readonly string[]) {
  const { endpoint, files, from } = await readEndpoint(descriptions);
  if (from === null) return { endpoint, files };
  const other = await whole(context, from);
  return {
    endpoint: other.stored.Endpoints['docker'] ?? {},
    files: other.files.get('docker') ?? new Map<string, Buffer>(),
  };
}

function told({ stdout, stderr }: CliContext, name: string, what: string): number {
  stdout.write(`${name}\n`);
  stderr.write(`Successfully ${what} context "${name}"\n`);
  return 0;
}

export const contextCreate = command({
  name: 'context create',
  usage: '[OPTIONS] CONTEXT',
  summary: 'Make a context: a name for an engine',
  specs: {
    description: DESCRIPTION,
    docker: DOCKER,
    from: { kind: 'string', value: 'CONTEXT', help: 'Make it like another context' },
  },
  arity: [1, 1],
  run: async (context, flags, [name = '']) => {
    const store = contextStore(context);
    await store.assertNew(name);
    const isLike = flags.from !== undefined;
    if (isLike && flags.docker.length > 0) throw new CliError('cannot use --docker flag when --from is set');
    // Without any description it is what is in use now.
    const like =
      isLike || flags.docker.length === 0 ? await whole(context, flags.from ?? (await currentContext(context))) : null;
    const description = flags.description ?? like?.stored.Metadata.Description ?? '';
    const named = { Name: name, Metadata: description === '' ? {} : { Description: description } };
    if (like === null) {
      const { endpoint, files } = await requested(context, flags.docker);
      await store.put({ ...named, Endpoints: { docker: endpoint } }, new Map([['docker', files]]));
    } else await store.put({ ...like.stored, ...named }, like.files);
    return told(context, name, 'created');
  },
});

export const contextUpdate = command({
  name: 'context update',
  usage: '[OPTIONS] CONTEXT',
  summary: 'Change a context',
  specs: { description: DESCRIPTION, docker: DOCKER },
  completes: 'context',
  arity: [1, 1],
  run: async (context, flags, [name = '']) => {
    assertName(name);
    const store = contextStore(context);
    const stored = await store.get(name);
    const changed: StoredContext =
      flags.description === undefined
        ? stored
        : { ...stored, Metadata: { ...stored.Metadata, Description: flags.description } };
    if (flags.docker.length === 0) await store.put(changed, null);
    else {
      const { endpoint, files } = await requested(context, flags.docker);
      const all = new Map<string, ReadonlyMap<string, Buffer>>(await store.files(name)).set('docker', files);
      await store.put({ ...changed, Endpoints: { ...changed.Endpoints, docker: endpoint } }, all);
    }
    return told(context, name, 'updated');
  },
});

export const contextRemove = command({
  name: 'context rm',
  usage: '[OPTIONS] CONTEXT [CONTEXT...]',
  summary: 'Remove contexts',
  specs: {
    force: {
      kind: 'boolean',
      short: 'f',
      help: 'Remove one that is in use, too, and say nothing of one that is not there',
    },
  },
  completes: 'context',
  arity: [1, Number.POSITIVE_INFINITY],
  run: async (context, flags, names) => {
    const store = contextStore(context);
    const inUse = await currentContext(context);
    const problems: string[] = [];
    for (const name of names) {
      const problem = await obstacle(store, name, inUse, flags.force);
      if (problem !== null) {
        problems.push(problem);
        continue;
      }
      await store.remove(name);
      if (name === inUse) await dockerConfig(context).set('currentContext', undefined);
      context.stdout.write(`${name}\n`);
    }
    if (problems.length > 0) throw new CliError(problems.join('\n'));
    return 0;
  },
});

/** Why a context cannot be removed, in docker's words; null when it can. */
async function obstacle(store: ContextStore, name: string, inUse: string, isForced: boolean): Promise<string | null> {
  if (name === DEFAULT_CONTEXT) return `context "${DEFAULT_CONTEXT}" cannot be removed`;
  if (isForced) return null;
  if (!(await store.list()).some(({ Name }) => Name === name)) return `context "${name}" does not exist`;
  return name === inUse ? `context "${name}" is in use, set -f flag to force remove` : null;
}

export const contextExport = command({
  name: 'context export',
  usage: 'CONTEXT [FILE|-]',
  summary: 'Write a context, with its keys, to an archive',
  specs: {},
  completes: 'context',
  arity: [1, 2],
  run: async (context, _flags, [name = '', path = `${name}.dockercontext`]) => {
    const { stored, files } = await whole(context, name);
    if (path === '-') {
      if (context.stdout.isTTY) throw new CliError('cowardly refusing to export to a terminal, specify a file path');
      await pipeline(packContext(stored, files), context.stdout, { end: false });
      return 0;
    }
    // It has keys in it: nobody else may read it, and nothing is written over.
    const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
      const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      throw isThere ? new CliError(`open ${path}: file exists`) : error;
    });
    try {
      await pipeline(packContext(stored, files), file.createWriteStream());
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    context.stderr.write(`Written file "${path}"\n`);
    return 0;
  },
});

export const contextImport = command({
  name: 'context import',
  usage: 'CONTEXT FILE|-',
  summary: 'Make a context of an archive',
  specs: {},
  arity: [2, 2],
  run: async (context, _flags, [name = '', path = '']) => {
    const store = contextStore(context);
    await store.assertNew(name);
    const { stored, files } = await unpackContext(path === '-' ? context.stdin : createReadStream(path));
    await store.put({ ...stored, Name: name }, files);
    return told(context, name, 'imported');
  },
});
