import { createInterface } from 'node:readline/promises';
import { text as readAll } from 'node:stream/consumers';
import { DockerConfig, dockerConfigDirectory, registryKey } from '../../common/docker-config.ts';
import { command, type CliContext } from '../command.ts';
import { UsageError } from '../flags/flags.ts';

function configOf({ environment }: CliContext): DockerConfig {
  return new DockerConfig(dockerConfigDirectory(environment), environment);
}

/** A server as people give it, without the scheme that docker drops too. */
function serverOf(given: string | undefined): string {
  return (given ?? 'docker.io').replace(/^https?:\/\//, '').replace(/\/+$/, '');
}

export const login = command({
  name: 'login',
  usage: '[OPTIONS] [SERVER]',
  summary: 'Sign in to a registry',
  specs: {
    password: { kind: 'string', short: 'p', help: 'Password or token; others can see it in the list of processes' },
    'password-stdin': { kind: 'boolean', help: 'Read the password from standard input' },
    username: { kind: 'string', short: 'u', help: 'Name at the registry' },
  },
  arity: [0, 1],
  run: async (context, flags, [server]) => {
    const { api, stdin, stdout, stderr } = context;
    if (flags.password !== undefined && flags['password-stdin'])
      throw new Error('--password and --password-stdin are mutually exclusive');
    if (flags['password-stdin'] && (flags.username ?? '') === '')
      throw new Error('Must provide --username with --password-stdin');
    if (flags.password !== undefined)
      stderr.write('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    const registry = serverOf(server);
    const config = configOf(context);
    const known =
      flags.username === undefined && flags.password === undefined ? await config.credentialsFor(registry) : null;
    const username = flags.username ?? known?.username ?? (await ask(context, 'Username: ', true));
    const password =
      flags.password ??
      (flags['password-stdin']
        ? (await readAll(stdin)).replace(/\r?\n$/, '')
        : (known?.password ?? (await ask(context, 'Password: ', false))));
    if (username === '' || password === '') throw new UsageError('username and password are required');
    const answer = await api.json<{ Status: string; IdentityToken?: string }>('POST', '/auth', {
      body: { username, password, serveraddress: registryKey(registry) },
    });
    const token = answer.IdentityToken ?? '';
    await config.store(registry, {
      username,
      ...(token === '' ? { password } : { identitytoken: token }),
      serveraddress: registryKey(registry),
    });
    stdout.write(`${answer.Status}\n`);
    return 0;
  },
});

/** Asks on the terminal; what is typed is shown only with `echo`. */
async function ask({ stdin, stdout }: CliContext, question: string, echo: boolean): Promise<string> {
  if (!stdin.isTTY) throw new Error('Error: Cannot perform an interactive login from a non TTY device');
  const reader = createInterface({ input: stdin, output: echo ? stdout : undefined, terminal: true });
  try {
    if (!echo) stdout.write(question);
    return (await reader.question(echo ? question : '')).trim();
  } finally {
    reader.close();
    if (!echo) stdout.write('\n');
  }
}

export const logout = command({
  name: 'logout',
  usage: '[SERVER]',
  summary: 'Sign out of a registry',
  specs: {},
  arity: [0, 1],
  run: async (context, _flags, [server]) => {
    const registry = serverOf(server);
    const config = configOf(context);
    context.stdout.write(`Removing login credentials for ${registryKey(registry)}\n`);
    await config.erase(registry);
    return 0;
  },
});
