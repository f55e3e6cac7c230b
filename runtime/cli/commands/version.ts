import { arch as architecture } from 'node:process';
import { command, type CliContext } from '../command.ts';
import { typedView } from '../inspect/typed.ts';
import { OWN_VERSION } from '../own-version.ts';
import { alignedTable } from '../output/list.ts';
import { jsonText } from '../template/functions.ts';
import { compileTemplate } from '../template/evaluate.ts';
import { currentContext } from './contexts.ts';

interface ServerVersion {
  readonly Platform?: { readonly Name?: string };
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
  readonly Os: string;
  readonly Arch: string;
  readonly KernelVersion?: string;
  readonly Components?: readonly {
    readonly Name: string;
    readonly Version: string;
    readonly Details?: Readonly<Record<string, string>> | null;
  }[];
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** What is known without any engine. */
async function clientVersion(context: CliContext): Promise<Readonly<Record<string, string>>> {
  return {
    Version: OWN_VERSION,
    ApiVersion: context.api.version,
    DefaultAPIVersion: context.newestVersion,
    Os: 'linux',
    Arch: ARCHITECTURES[architecture] ?? architecture,
    Context: await currentContext(context),
  };
}

export const version = command({
  name: 'version',
  usage: '[OPTIONS]',
  summary: 'Show the versions of this command and of the engine',
  specs: { format: { kind: 'string', short: 'f', help: 'How to print: json, or a Go template' } },
  arity: [0, 0],
  run: async (context, flags) => {
    const { stdout } = context;
    const format = flags.format ?? '';
    const template = format === '' || format === 'json' ? null : compileTemplate(format);
    let server: ServerVersion | null = null;
    try {
      server = await context.api.json<ServerVersion>('GET', '/version');
      return 0;
    } finally {
      // What is known is printed even when no engine answers.
      const client = await clientVersion(context);
      const both = { Client: client, Server: server };
      if (format === '') stdout.write(clientText(client) + (server === null ? '' : `\n${serverText(server)}`));
      else if (template === null) stdout.write(`${jsonText(both)}\n`);
      else stdout.write(`${template(typedView('version', both))}\n`);
    }
  },
});

/** Lines of a label and a value, set out in two columns. */
function columns(indent: string, entries: readonly (readonly [string, string | undefined])[]): string {
  const rows = entries
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([label, value]) => `${indent}${label}:\t${value ?? ''}`);
  return alignedTable(rows, { leastWidth: 20, spaces: 1 });
}

function clientText(client: Readonly<Record<string, string>>): string {
  const { ApiVersion: used = '', DefaultAPIVersion: newest = '' } = client;
  const isOlder = used !== newest;
  return `Client: Berth\n${columns(' ', [
    ['Version', client['Version']],
    ['API version', isOlder ? `${used} (downgraded from ${newest})` : used],
    ['OS/Arch', `${client['Os'] ?? ''}/${client['Arch'] ?? ''}`],
    ['Context', client['Context']],
  ])}`;
}

function serverText({ Platform: platform, Components: listed, ...server }: ServerVersion): string {
  const components = listed ?? [{ Name: 'Engine', Version: server.Version, Details: null }];
  return `Server: ${platform?.Name ?? ''}`.trim() + '\n' + components.map((one) => componentText(one, server)).join('');
}

function componentText(
  { Name, Version, Details }: NonNullable<ServerVersion['Components']>[number],
  server: ServerVersion,
): string {
  const details = Details ?? {};
  const own: readonly (readonly [string, string | undefined])[] =
    Name === 'Engine'
      ? [
          [
            'API version',
            `${details['ApiVersion'] ?? server.ApiVersion} (minimum version ${details['MinAPIVersion'] ?? server.MinAPIVersion ?? ''})`,
          ],
          ['Go version', details['GoVersion']],
          ['Git commit', details['GitCommit']],
          ['Built', details['BuildTime']],
          ['OS/Arch', `${details['Os'] ?? server.Os}/${details['Arch'] ?? server.Arch}`],
          ['Kernel', details['KernelVersion'] ?? server.KernelVersion],
          ['Experimental', details['Experimental']],
        ]
      : Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1));
  return ` ${Name}:\n${columns('  ', [['Version', Version], ...own])}`;
}
