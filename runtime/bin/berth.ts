import { runEngineCommand } from './engine-command.ts';

const [command, ...rest] = process.argv.slice(2);

switch (command) {
  case 'engine':
    process.exitCode = await runEngineCommand(rest);
    break;
  default:
    process.stderr.write(`berth: '${command ?? ''}' is not a berth command.\n`);
    process.exitCode = 1;
}
