import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';

const digest = createHash('sha256').update(readFileSync('/run/secrets/word')).digest('hex');
const same = readFileSync('/digest', 'utf8').startsWith(digest);
const { mode, uid } = statSync('/run/secrets/word');
const text = `same secret: ${same}, mode ${(mode & 0o777).toString(8)}, owner ${uid}`;
createServer((_request, response) => response.end(text)).listen(3000);
process.on('SIGTERM', () => process.exit(0));
