// Counts in etcd: written through one member, read from another, by its HTTP gateway.
import { createServer } from 'node:http';

const base64 = (text) => Buffer.from(text).toString('base64');
const call = async (member, path, body) => {
  const answer = await fetch(`http://${member}:2379/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
  // Members that were just restarted have no leader yet, which is not the same as having no number.
  if (!answer.ok) throw new Error(`${member}: ${await answer.text()}`);
  return answer.json();
};
const read = async (member) => {
  const { kvs = [] } = await call(member, 'range', { key: base64('count') });
  return kvs.length === 0 ? 0 : Number(Buffer.from(kvs[0].value, 'base64').toString());
};

createServer(async (_request, response) => {
  try {
    const next = (await read('two')) + 1;
    await call('one', 'put', { key: base64('count'), value: base64(String(next)) });
    response.end(`count: ${await read('three')}`);
  } catch (error) {
    response.writeHead(500).end(String(error.cause ?? error));
  }
}).listen(3000);
process.on('SIGTERM', () => process.exit(0));
