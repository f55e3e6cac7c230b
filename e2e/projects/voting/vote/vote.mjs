// Every visit is a vote: pushed to Redis, then the result is asked for until it has it.
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';

async function push(vote) {
  const redis = connect(6379, 'redis');
  redis.write(`*3\r\n$5\r\nRPUSH\r\n$5\r\nvotes\r\n$${vote.length}\r\n${vote}\r\n`);
  await once(redis, 'data');
  redis.destroy();
}

const results = async () => (await fetch('http://result:8000/')).text();

createServer(async (request, response) => {
  try {
    const before = await results();
    await push(request.url === '/dogs' ? 'dogs' : 'cats');
    for (let tries = 0; tries < 100; tries += 1) {
      const now = await results();
      if (now !== before) return response.end(`votes: ${now}`);
      await new Promise((wake) => setTimeout(wake, 100));
    }
    response.writeHead(504).end('the vote did not arrive');
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(3000);
process.on('SIGTERM', () => process.exit(0));
