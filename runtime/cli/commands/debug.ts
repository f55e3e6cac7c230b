import { DEBUG_IMAGE, debugContainer, type DebugChoice, type DebuggedContainer } from '../../common/debug-container.ts';
import { DockerApiError } from '../../common/docker-api.ts';
import { buildHostImage } from '../../common/host-image/host-image.ts';
import { CliError } from '../cli-error.ts';
import { command, type CliContext } from '../command.ts';
import { loadArchive } from './images.ts';
import { pullImage } from './pull.ts';
import { runAttached } from './run.ts';

export const debug = command({
  name: 'debug',
  usage: '[OPTIONS] CONTAINER [COMMAND] [ARG...]',
  summary: "Open a shell beside a container, with another image's tools and the container's files under /target",
  specs: {
    image: { kind: 'string', help: `Image whose tools are used (${DEBUG_IMAGE} unless told otherwise)` },
    'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching a container' },
    shell: { kind: 'string', help: 'Shell of that image: bash, sh and so on' },
  },
  stopAtArgument: true,
  completes: 'container',
  arity: [1, Number.POSITIVE_INFINITY],
  failureCode: 125,
  run: async (context, flags, [container = '', ...words]) => {
    const target = await context.api.json<DebuggedContainer>('GET', `/containers/${container}/json`);
    const name = target.Name.replace(/^\//, '');
    if (target.State.Running !== true)
      throw new CliError(
        `a debug shell joins a running container, and ${name} does not run; start it, or copy its files with "berth cp"`,
      );
    if (target.State.Paused === true) throw new CliError(`container ${name} is paused, unpause it first`);
    const image = flags.image ?? DEBUG_IMAGE;
    const tty = context.stdin.isTTY && context.stdout.isTTY;
    const id = await create(context, target, { image, shell: flags.shell ?? '', command: words, tty, stdin: true });
    const stopListening = tty ? removeOnHangUp(context, id) : () => undefined;
    try {
      return await runAttached(context, id, {
        interactive: true,
        tty,
        rm: true,
        'detach-keys': flags['detach-keys'],
        'sig-proxy': true,
      });
    } finally {
      stopListening();
    }
  },
});

/**
 * A shell on a terminal does not end with the window that it is seen in: whoever closes that would leave it behind.
 * Returns the function that stops listening.
 */
function removeOnHangUp({ api }: CliContext, id: string): () => void {
  const onSignal = (): void => {
    // Once it is gone the streams end, and this process with them.
    api.json('DELETE', `/containers/${id}`, { query: { force: true } }).catch(() => undefined);
  };
  for (const signal of ['SIGHUP', 'SIGTERM'] as const) process.on(signal, onSignal);
  return () => {
    for (const signal of ['SIGHUP', 'SIGTERM'] as const) process.off(signal, onSignal);
  };
}

async function create(context: CliContext, target: DebuggedContainer, choice: DebugChoice): Promise<string> {
  const { name, body, showsFiles } = debugContainer(target, choice);
  if (!showsFiles)
    context.stderr.write(
      `WARNING: the container's files are not under /target: it shares the processes of the host or of another ` +
        `container, and looking into it would take a right over all of them; "berth cp" copies its files\n`,
    );
  const make = (): Promise<{ Id: string }> => context.api.json('POST', '/containers/create', { query: { name }, body });
  const created = await make().catch(async (error: unknown) => {
    if (!(error instanceof DockerApiError) || error.status !== 404 || !/no such image/i.test(error.message))
      throw error;
    if (choice.image === DEBUG_IMAGE) {
      context.stderr.write(`Making ${DEBUG_IMAGE} of this computer's own tools\n`);
      const { archive } = await buildHostImage();
      await loadArchive(context, archive, true);
    } else {
      context.stderr.write(`Unable to find image '${choice.image}' locally\n`);
      await pullImage(context, choice.image, { platform: undefined, quiet: false, sink: context.stderr });
    }
    return make();
  });
  return created.Id;
}
