import { command, type CliContext } from '../command.ts';
import { OWN_VERSION } from '../own-version.ts';
import { compileTemplate } from '../template/evaluate.ts';
import { jsonText } from '../template/functions.ts';
import { formatBinaryBytes } from '../units.ts';
import { currentContext } from './contexts.ts';

type Facts = Readonly<Record<string, unknown>>;

export const info = command({
  name: 'info',
  usage: '[OPTIONS]',
  summary: 'Display engine-wide information',
  specs: { format: { kind: 'string', short: 'f', help: 'How to print: json, or a Go template' } },
  arity: [0, 0],
  run: async (context, flags) => {
    const { api, stdout, stderr } = context;
    const client = await clientInfo(context);
    if (flags.format !== undefined && flags.format !== '') {
      const facts = await api.json<Facts>('GET', '/info');
      stdout.write(`${informed(flags.format, { ...facts, ClientInfo: client })}\n`);
      return 0;
    }
    stdout.write(
      `Client: Berth\n Version:    ${OWN_VERSION}\n Context:    ${client.Context}\n Debug Mode: false\n\nServer:\n`,
    );
    const facts = await api.json<Facts>('GET', '/info');
    stdout.write(`${infoLines(facts).join('\n')}\n\n`);
    for (const warning of texts(facts['Warnings'])) stderr.write(`${warning}\n`);
    return 0;
  },
});

/** Fields by Go's names, and those that an engine may leave out. */
function informed(format: string, facts: Facts): string {
  if (format === 'json') return jsonText(facts);
  const optional = ['ProductLicense', 'Warnings', 'ServerErrors', 'ClientErrors', 'UserName', 'Containerd', 'NRI'];
  return compileTemplate(format, { strict: true })({
    ...Object.fromEntries(['DiscoveredDevices', 'FirewallBackend', ...optional].map((name) => [name, null])),
    HTTPProxy: facts['HttpProxy'],
    HTTPSProxy: facts['HttpsProxy'],
    CPUCfsPeriod: facts['CpuCfsPeriod'],
    CPUCfsQuota: facts['CpuCfsQuota'],
    ...facts,
  });
}

async function clientInfo(context: CliContext): Promise<Facts & { readonly Context: string }> {
  return {
    Debug: false,
    Version: OWN_VERSION,
    Context: await currentContext(context),
    Plugins: [],
    Warnings: null,
  };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function objectOf(value: unknown): Facts {
  return typeof value === 'object' && value !== null ? (value as Facts) : {};
}

/** A fact and its label; nothing for what is empty. */
function line(label: string, value: unknown): string[] {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isScalar && value !== '' ? [` ${label}: ${String(value)}`] : [];
}

/** A label with lines below it; nothing without any. */
function block(label: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [` ${label}:`, ...lines.map((one) => `  ${one}`)];
}

/** What an engine says of itself, in docker's order and words. */
export function infoLines(facts: Facts): string[] {
  return [...storeLines(facts), ...extensionLines(facts), ...machineLines(facts), ...settingLines(facts)];
}

function storeLines(facts: Facts): string[] {
  const status = Array.isArray(facts['DriverStatus']) ? (facts['DriverStatus'] as [string, string][]) : [];
  return [
    ...line('Containers', facts['Containers']),
    ...line(' Running', facts['ContainersRunning']),
    ...line(' Paused', facts['ContainersPaused']),
    ...line(' Stopped', facts['ContainersStopped']),
    ...line('Images', facts['Images']),
    ...line('Server Version', facts['ServerVersion']),
    ...line('Storage Driver', facts['Driver']),
    ...status.map(([name, value]) => `  ${name}: ${value}`),
    ...line('Logging Driver', facts['LoggingDriver']),
    ...line('Cgroup Driver', facts['CgroupDriver']),
    ...line('Cgroup Version', facts['CgroupVersion']),
  ];
}

function extensionLines(facts: Facts): string[] {
  const plugins = objectOf(facts['Plugins']);
  const kinds = ['Volume', 'Network', 'Authorization', 'Log'].filter((kind) => texts(plugins[kind]).length > 0);
  const runtimes = Object.keys(objectOf(facts['Runtimes']));
  return [
    ...block(
      'Plugins',
      kinds.map((kind) => `${kind}: ${texts(plugins[kind]).join(' ')}`),
    ),
    ...block('CDI spec directories', texts(facts['CDISpecDirs'])),
    ...line('Swarm', objectOf(facts['Swarm'])['LocalNodeState']),
    ...line('Runtimes', runtimes.join(' ')),
    ...line('Default Runtime', facts['DefaultRuntime']),
    ...line('Init Binary', facts['InitBinary']),
    ...line('containerd version', objectOf(facts['ContainerdCommit'])['ID']),
    ...line('runc version', objectOf(facts['RuncCommit'])['ID']),
    ...line('init version', objectOf(facts['InitCommit'])['ID']),
    ...block('Security Options', texts(facts['SecurityOptions']).flatMap(securityLines)),
  ];
}

/** `name=seccomp,profile=builtin`: the name, and the profile below it. */
function securityLines(option: string): string[] {
  const fields = new Map(option.split(',').map((field) => field.split('=', 2) as [string, string]));
  const profile = fields.get('profile');
  return [fields.get('name') ?? option, ...(profile === undefined ? [] : [` Profile: ${profile}`])];
}

function machineLines(facts: Facts): string[] {
  return [
    ...line('Kernel Version', facts['KernelVersion']),
    ...line('Operating System', facts['OperatingSystem']),
    ...line('OSType', facts['OSType']),
    ...line('Architecture', facts['Architecture']),
    ...line('CPUs', facts['NCPU']),
    ...line('Total Memory', formatBinaryBytes(Number(facts['MemTotal'] ?? 0))),
    ...line('Name', facts['Name']),
    ...line('ID', facts['ID']),
    ...line('Docker Root Dir', facts['DockerRootDir']),
  ];
}

function settingLines(facts: Facts): string[] {
  const registries = objectOf(facts['RegistryConfig']);
  const insecure = Object.values(objectOf(registries['IndexConfigs']))
    .map(objectOf)
    .filter((one) => one['Secure'] === false)
    .map((one) => String(one['Name']));
  const pools = Array.isArray(facts['DefaultAddressPools']) ? facts['DefaultAddressPools'].map(objectOf) : [];
  return [
    ...line('Debug Mode', facts['Debug']),
    ...line('HTTP Proxy', facts['HttpProxy']),
    ...line('HTTPS Proxy', facts['HttpsProxy']),
    ...line('No Proxy', facts['NoProxy']),
    ...block('Labels', texts(facts['Labels'])),
    ...line('Experimental', facts['ExperimentalBuild']),
    ...block('Insecure Registries', [...insecure, ...texts(registries['InsecureRegistryCIDRs'])]),
    ...block('Registry Mirrors', texts(registries['Mirrors'])),
    ...line('Live Restore Enabled', facts['LiveRestoreEnabled']),
    ...block(
      'Default Address Pools',
      pools.map((pool) => ` Base: ${String(pool['Base'])}, Size: ${String(pool['Size'])}`),
    ),
    ...line('Firewall Backend', objectOf(facts['FirewallBackend'])['Driver']),
  ];
}
