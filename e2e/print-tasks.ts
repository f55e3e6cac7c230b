// `npm run tasks`: what people do with the app, and what it costs them in clicks, keys and texts. The specs measure it.
import { taskTable } from './fixtures/task-table.ts';

process.stdout.write(`${taskTable()}\n`);
