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
    process.exitCode = await runEngineCommand([...(host === null ? [] : ['--host', host]), ...words.slice(1)]);
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
    process.exitCode = await runCli(words, socketOf(host));
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

function socketOf(given: string | null): string {
  const chosen = given ?? process.env['BERTH_HOST'] ?? process.env['DOCKER_HOST'];
  if (chosen === undefined || chosen === '') return enginePaths(process.getuid?.() ?? 0, process.env).socket;
  if (!chosen.startsWith('unix://')) {
    process.stderr.write(`invalid host ${chosen}: berth speaks to unix:// sockets\n`);
    process.exit(1);
  }
  return chosen.slice('unix://'.length);
}
