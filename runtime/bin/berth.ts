// The `berth` command: the engine, the app, or a verb of docker.
import { enginePaths } from '../engine/system/paths.ts';

// Whoever read the output went away (`berth ps | head`): nothing is left to be said, and for the engine no reason to end.
process.stdout.on('error', () => {
  if (process.argv[2] !== 'engine') process.exit(0);
});

const words = process.argv.slice(2);
const host = takeHost(words);

// Each part is loaded on demand: the engine should not carry the CLI in its memory, nor the CLI wait for the engine's code.
switch (words[0]) {
  case 'engine': {
    const { runEngineCommand } = await import('./engine-command.ts');
    const code = await runEngineCommand([...(host === null ? [] : ['--host', host]), ...words.slice(1)]);
    // One that could not start may have connections to monitors open, which would keep it here without a use.
    process.exit(code);
    break;
  }
  case 'doctor': {
    const { runDoctorCommand } = await import('./doctor-command.ts');
    process.exitCode = await runDoctorCommand(words.slice(1));
    break;
  }
  case 'app': {
    const { runAppCommand } = await import('./app-command.ts');
    process.exitCode = await runAppCommand(words.slice(1), host);
    break;
  }
  default: {
    const { runCli } = await import('../cli/main.ts');
    const { socket } = enginePaths(process.getuid?.() ?? 0, process.env);
    process.exitCode = await runCli(process.argv.slice(2), socket, async (config) => {
      const { manifestRegistry } = await import('./manifest-registry.ts');
      return manifestRegistry(config);
    });
  }
}

/** Takes `-H HOST` or `--host HOST` off the front. */
function takeHost(list: string[]): string | null {
  const inline = /^(?:--host|-H)=(.*)$/.exec(list[0] ?? '');
  if (inline !== null) {
    list.shift();
    return inline[1] ?? null;
  }
  if (list[0] !== '-H' && list[0] !== '--host') return null;
  const [, value = ''] = list.splice(0, 2);
  return value;
}
