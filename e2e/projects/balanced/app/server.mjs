import { createServer } from 'node:http';
import { hostname } from 'node:os';

const server = createServer((_request, response) => response.end(`answered by ${hostname()}`));
server.listen(3000);
process.on('SIGINT', () => process.exit(0));
