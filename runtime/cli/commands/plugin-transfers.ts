import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../common/errors.ts';
import { jsonLines } from '../../common/lines.ts';
import { CliError } from '../cli-error.ts';
import { command, type CliContext } from '../command.ts';
import { agreed } from '../confirm.ts';
import type { FlagSpecs } from '../flags/flags.ts';
import { ProgressPrinter, type ProgressLine } from '../progress.ts';
import { registryAuthHeader } from '../registry-auth.ts';

/** What a plugin wants to be allowed. */
interface Privilege {
  readonly Name: string;
  readonly Value: readonly string[] | null;
}

const TRANSFER_FLAGS = {
  'disable-content-trust': { kind: 'boolean', initial: true, help: 'Do not check signatures of plugins' },
  'grant-all-permissions': { kind: 'boolean', help: 'Grant what the plugin asks for without being asked' },
} as const satisfies FlagSpecs;

/** Asks the registry, through the engine, what a plugin wants, and the person whether it may. */
async function grantedPrivileges(
  context: CliContext,
  text: string,
  remote: string,
  grantAll: boolean,
): Promise<readonly Privilege[]> {
  const wanted = await context.api.json<readonly Privilege[] | null>('GET', '/plugins/privileges', {
    query: { remote },
    headers: await registryAuthHeader(remote, context.environment, true),
  });
  const privileges = wanted ?? [];
  if (grantAll || privileges.length === 0) return privileges;
  const listed = privileges.map(({ Name, Value }) => ` - ${Name}: [${(Value ?? []).join(' ')}]\n`).join('');
  context.stdout.write(`Plugin ${JSON.stringify(text)} is requesting the following privileges:\n${listed}`);
  if (!(await agreed(context, 'Do you grant the above permissions?')))
    throw new CliError(`permission denied while installing plugin ${remote}`);
  return privileges;
}

async function printProgress({ stdout }: CliContext, stream: IncomingMessage): Promise<void> {
  const printer = new ProgressPrinter(stdout);
  for await (const line of jsonLines<ProgressLine>(stream)) {
    if (line.error !== undefined) throw new CliError(line.error);
    printer.print(line);
  }
}

export const pluginInstall = command({
  name: 'plugin install',
  usage: '[OPTIONS] PLUGIN [KEY=VALUE...]',
  summary: 'Install a plugin from a registry',
  specs: {
    ...TRANSFER_FLAGS,
    alias: { kind: 'string', help: 'Name of the plugin here' },
    disable: { kind: 'boolean', help: 'Do not enable it' },
  },
  arity: [1, Number.POSITIVE_INFINITY],
  run: async (context, flags, [text = '', ...settings]) => {
    const { api } = context;
    const registry = await context.registry();
    const alias = flags.alias ?? '';
    if (alias.includes('@')) throw new CliError(`invalid name: ${alias}`);
    const localName = alias === '' ? '' : registry.name(alias).familiar;
    const remote = registry.name(text).familiar;
    const privileges = await grantedPrivileges(context, text, remote, flags['grant-all-permissions']);
    const stream = await api.open('POST', '/plugins/pull', {
      query: { remote, name: localName },
      body: privileges,
      headers: await registryAuthHeader(remote, context.environment, true),
    });
    const name = String(stream.headers['docker-plugin-name'] ?? '');
    await printProgress(context, stream);
    if (settings.length > 0) await api.json('POST', `/plugins/${name}/set`, { body: settings });
    if (!flags.disable) await api.json('POST', `/plugins/${name}/enable`, { query: { timeout: 0 } });
    context.stdout.write(`Installed plugin ${text}\n`);
    return 0;
  },
});

export const pluginUpgrade = command({
  name: 'plugin upgrade',
  usage: '[OPTIONS] PLUGIN [REMOTE]',
  summary: 'Replace a plugin by another version of it',
  specs: {
    ...TRANSFER_FLAGS,
    'skip-remote-check': { kind: 'boolean', help: 'Do not ask when it is another plugin' },
  },
  completes: 'plugin',
  arity: [1, 2],
  run: async (context, flags, [given = '', wanted]) => {
    const { api, stdout } = context;
    const found = await api
      .json<{ Name: string; Enabled: boolean; PluginReference?: string }>('GET', `/plugins/${given}/json`)
      .catch((error: unknown) => {
        throw new CliError(`error reading plugin data: ${messageOf(error)}`);
      });
    if (found.Enabled) throw new CliError('the plugin must be disabled before upgrading');
    const reference = found.PluginReference ?? '';
    const text = wanted ?? reference;
    const registry = await context.registry();
    const [remote, old] = [registry.name(text).familiar, registry.name(reference).familiar];
    stdout.write(`Upgrading plugin ${found.Name} from ${old} to ${remote}\n`);
    if (
      !flags['skip-remote-check'] &&
      remote !== old &&
      !(await agreed(context, 'Plugin images do not match, are you sure?'))
    )
      return 0; // Docker's client says nothing more.
    const privileges = await grantedPrivileges(context, text, remote, flags['grant-all-permissions']);
    const stream = await api.open('POST', `/plugins/${found.Name}/upgrade`, {
      query: { remote },
      body: privileges,
      headers: await registryAuthHeader(remote, context.environment, true),
    });
    await printProgress(context, stream);
    stdout.write(`Upgraded plugin ${found.Name} to ${text}\n`);
    return 0;
  },
});

export const pluginPush = command({
  name: 'plugin push',
  usage: '[OPTIONS] PLUGIN[:TAG]',
  summary: 'Upload a plugin to a registry',
  specs: { 'disable-content-trust': { kind: 'boolean', initial: true, help: 'Do not sign the plugin' } },
  completes: 'plugin',
  arity: [1, 1],
  run: async (context, _flags, [text = '']) => {
    const { familiar } = (await context.registry()).name(text);
    if (familiar.includes('@')) throw new CliError(`invalid name: ${text}`);
    const stream = await context.api.open('POST', `/plugins/${familiar}/push`, {
      headers: await registryAuthHeader(familiar, context.environment, true),
    });
    await printProgress(context, stream);
    return 0;
  },
});
