/** Pulls an image in a process of its own, to be killed by a test. Arguments: data root, image name. */
import { join } from 'node:path';
import { IMAGE_SCHEMA, ImageStore } from '../images/image-store.ts';
import { openDatabase } from '../store/database.ts';
import { EventBus } from '../system/events.ts';
import { directLauncher } from './direct-launcher.ts';

const [root = '', name = ''] = process.argv.slice(2);
const store = await ImageStore.open({
  dataRoot: root,
  database: openDatabase(join(root, 'berth.db'), [IMAGE_SCHEMA]),
  launcher: await directLauncher(process.getuid?.() === 0 ? [] : ['--keep-owner']),
  events: new EventBus(),
  imageUsers: () => [],
  onWarning: (message) => {
    process.stderr.write(`${message}\n`);
  },
});
await store.pull(name, {
  onProgress: (line) => {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  },
});
