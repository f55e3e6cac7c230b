// What a test suite does with testcontainers. Arguments: directory of its packages, image with busybox.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { clearTimeout, setTimeout } from 'node:timers';

const [, , packages, IMAGE] = process.argv;
const require = createRequire(`${packages}/package.json`);
const { GenericContainer, Network, Wait } = require('testcontainers');

const network = await new Network().start();
const server = await new GenericContainer(IMAGE)
  .withCommand(['sh', '-c', 'mkdir -p /www; sleep 0.3; echo listening; exec httpd -f -v -p 8080 -h /www'])
  .withCopyContentToContainer([{ content: 'copied\n', target: '/www/index.html' }])
  .withEnvironment({ NAME: 'value' })
  .withLabels({ of: 'testcontainers' })
  .withNetwork(network)
  .withNetworkAliases('web')
  .withTmpFs({ '/scratch': 'rw,size=1m' })
  .withExposedPorts(8080)
  .withWaitStrategy(Wait.forAll([Wait.forLogMessage(/listening/), Wait.forHttp('/', 8080).forStatusCode(200)]))
  .withStartupTimeout(90_000)
  .start();
const answer = await globalThis.fetch(`http://${server.getHost()}:${server.getMappedPort(8080)}/`);
assert.equal(await answer.text(), 'copied\n');
console.log('passed: start');

const { output, exitCode } = await server.exec(['sh', '-c', 'echo $NAME; exit 3']);
assert.deepEqual([output, exitCode], ['value\n', 3]);
await server.copyContentToContainer([{ content: 'later\n', target: '/www/later' }]);
assert.match(await text(await server.copyArchiveFromContainer('/www/later')), /later\n/);
console.log('passed: exec and copy');

const client = await new GenericContainer(IMAGE)
  .withCommand(['sh', '-c', 'wget -q -O - http://web:8080/later; sleep 300'])
  .withNetwork(network)
  .withHealthCheck({ test: ['CMD-SHELL', 'true'], interval: 1000, timeout: 1000, retries: 3, startPeriod: 0 })
  .withWaitStrategy(Wait.forHealthCheck())
  .start();
const logs = await client.logs();
// Its connection keeps no program alive.
const alive = setTimeout(() => assert.fail('no line was logged'), 90_000);
const line = await new Promise((resolve) => logs.on('data', (data) => resolve(data.toString())));
clearTimeout(alive);
logs.destroy();
assert.equal(line, 'later\n');
console.log('passed: alias and health');

const once = await new GenericContainer(IMAGE).withCommand(['true']).withWaitStrategy(Wait.forOneShotStartup()).start();
await once.stop();
await server.restart({ timeout: 100 });
await server.stop({ timeout: 100 });
await client.stop({ timeout: 100 });
await network.stop();
console.log('passed: stop');
