import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

let clients = 0;
const watched = () => {
  try {
    return readFileSync('spool/watched', 'utf8').trim() !== '';
  } catch {
    return false;
  }
};
createServer((request, response) => {
  if (request.url === '/seen-by-client') clients += 1;
  response.end(`watched: ${watched()}, clients: ${clients > 0}`);
}).listen(3000, '127.0.0.1');
