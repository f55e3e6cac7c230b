// `npm start`
import { runAppCommand } from './app-command.ts';

process.exitCode = await runAppCommand(process.argv.slice(2), null);
