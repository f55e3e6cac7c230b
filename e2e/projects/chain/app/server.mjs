import { createServer } from 'node:http';

const { NAME = '', NEXT } = process.env;
createServer(async (request, response) => {
  try {
    const rest = NEXT === undefined || request.url === '/healthy' ? '' : ` > ${await (await fetch(NEXT)).text()}`;
    response.end(`${NAME}${rest}`);
  } catch (error) {
    response.writeHead(502).end(`${NAME}: ${String(error.cause ?? error)}`);
  }
}).listen(3000);
