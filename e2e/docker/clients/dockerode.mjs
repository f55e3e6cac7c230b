// What a program does with dockerode. Arguments: directory of its packages, image with busybox. DOCKER_HOST names the engine.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';

const [, , packages, IMAGE] = process.argv;
const require = createRequire(`${packages}/package.json`);
const Docker = require('dockerode');
const tar = require('tar-stream');
const docker = new Docker({ socketPath: process.env.DOCKER_HOST.replace('unix://', ''), version: 'v1.51' });

const collected = (stream) => {
  const out = new PassThrough();
  const err = new PassThrough();
  docker.modem.demuxStream(stream, out, err);
  stream.on('end', () => {
    out.end();
    err.end();
  });
  return Promise.all([text(out), text(err)]);
};

async function system() {
  assert.equal((await docker.ping()).toString(), 'OK');
  assert.equal((await docker.version()).ApiVersion, '1.51');
  assert.equal((await docker.info()).Swarm.LocalNodeState, 'inactive');
  await assert.rejects(docker.listServices(), { statusCode: 503 });
  assert.ok(Array.isArray((await docker.df()).Images));
}

async function run() {
  const output = new PassThrough();
  const shown = text(output);
  const [result, container] = await docker.run(IMAGE, ['sh', '-c', 'echo out; exit 4'], output, { Tty: true });
  assert.equal(result.StatusCode, 4);
  output.end();
  assert.equal(await shown, 'out\r\n');
  await container.remove();
}

async function attach() {
  const container = await docker.createContainer({
    Image: IMAGE,
    Cmd: ['sh', '-c', 'cat; echo done >&2'],
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
  });
  const options = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
  const stream = await container.attach(options);
  const both = collected(stream);
  await container.start();
  const sent = 'x'.repeat(500_000);
  stream.end(sent);
  const [out, err] = await both;
  assert.equal(out.length, sent.length);
  assert.equal(err, 'done\n');
  assert.equal((await container.wait()).StatusCode, 0);
  const [logged] = await collected(
    await new Promise((resolve, reject) =>
      container.logs({ follow: true, stdout: true }, (error, found) => (error ? reject(error) : resolve(found))),
    ),
  );
  assert.equal(logged.length, sent.length);
  await container.remove();
}

async function exec() {
  const container = await docker.createContainer({ Image: IMAGE, Cmd: ['sleep', '300'] });
  await container.start();
  const start = async (options, hijacked = {}) => {
    const made = await container.exec({ AttachStdout: true, AttachStderr: true, ...options });
    return [made, await made.start(hijacked)];
  };
  const [first, output] = await start({ Cmd: ['sh', '-c', 'echo one; echo two >&2; exit 6'] });
  assert.deepEqual(await collected(output), ['one\n', 'two\n']);
  assert.equal((await first.inspect()).ExitCode, 6);
  const [, echo] = await start({ Cmd: ['wc', '-c'], AttachStdin: true }, { hijack: true, stdin: true });
  const counted = collected(echo);
  echo.end('12345');
  assert.deepEqual(await counted, ['5\n', '']);
  const [terminal, typed] = await start(
    { Cmd: ['sh'], AttachStdin: true, Tty: true },
    { hijack: true, stdin: true, Tty: true },
  );
  await terminal.resize({ h: 33, w: 77 });
  const said = text(typed);
  typed.write('stty size; exit 2\n');
  assert.match(await said, /33 77/);
  assert.equal((await terminal.inspect()).ExitCode, 2);

  const pack = tar.pack();
  pack.entry({ name: 'put' }, 'content');
  pack.finalize();
  await container.putArchive(pack, { path: '/root' });
  const archive = tar.extract();
  let got = '';
  archive.on('entry', (header, entry, next) => {
    text(entry).then((content) => {
      got = `${header.name} ${content}`;
      next();
    }, next);
  });
  (await container.getArchive({ path: '/root/put' })).pipe(archive);
  await new Promise((resolve, reject) => archive.on('finish', resolve).on('error', reject));
  assert.equal(got, 'put content');
  const stats = await container.stats({ stream: false });
  assert.equal(stats.id, container.id);
  assert.ok((await container.top()).Processes.length > 0);
  await container.remove({ force: true });
  await assert.rejects(container.inspect(), { statusCode: 404 });
}

async function events() {
  const stream = await docker.getEvents({ filters: { type: ['container'], label: ['seen=by-dockerode'] } });
  const seen = [];
  const destroyed = new Promise((resolve) => {
    stream.on('data', (line) => {
      for (const event of line.toString().trim().split('\n')) seen.push(JSON.parse(event).Action);
      if (seen.includes('destroy')) resolve();
    });
  });
  const container = await docker.createContainer({ Image: IMAGE, Cmd: ['true'], Labels: { seen: 'by-dockerode' } });
  await container.start();
  await container.wait();
  await container.remove();
  await destroyed;
  stream.destroy();
  assert.deepEqual(seen, ['create', 'start', 'die', 'destroy']);
}

async function objects() {
  const volume = await docker.createVolume({ Name: 'ode', Labels: { of: 'dockerode' } });
  const network = await docker.createNetwork({ Name: 'ode', Driver: 'bridge' });
  const container = await docker.createContainer({
    Image: IMAGE,
    name: 'ode',
    Cmd: ['sleep', '300'],
    HostConfig: { Mounts: [{ Type: 'volume', Source: 'ode', Target: '/data' }], NetworkMode: 'ode' },
  });
  await container.start();
  const { NetworkSettings, Mounts } = await container.inspect();
  assert.deepEqual(Object.keys(NetworkSettings.Networks), ['ode']);
  assert.equal(Mounts[0].Name, 'ode');
  assert.equal(Object.keys((await network.inspect()).Containers).length, 1);
  await assert.rejects(volume.remove(), { statusCode: 409 });
  await container.remove({ force: true });
  await network.remove();
  await volume.remove();
  assert.deepEqual((await docker.listVolumes()).Volumes ?? [], []);
}

async function images() {
  const saved = await buffer(await docker.getImage(IMAGE).get());
  await docker.getImage(IMAGE).tag({ repo: 'test/ode', tag: 'v1' });
  assert.equal((await docker.listImages({ filters: { reference: ['test/ode'] } })).length, 1);
  await docker.getImage('test/ode:v1').remove();
  const { PassThrough: Through } = await import('node:stream');
  const through = new Through();
  through.end(saved);
  const progress = await docker.loadImage(through);
  const lines = [];
  await new Promise((resolve, reject) => {
    docker.modem.followProgress(
      progress,
      (error) => (error ? reject(error) : resolve()),
      (line) => lines.push(line),
    );
  });
  assert.match(JSON.stringify(lines), /Loaded image/);
  await assert.rejects(docker.getImage('test/none').inspect(), { statusCode: 404 });
}

for (const part of [system, run, attach, exec, events, objects, images]) {
  await part();
  console.log('passed:', part.name);
}
