import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';

/** Done one after the other, with each command in a directory of its own. */
const LINES: readonly string[] = [
  'create two --docker host=tcp://h:1234 --description second',
  'create two --docker host=tcp://h:1',
  'create a%b --docker host=tcp://h:1',
  'create default --docker host=tcp://h:1',
  'create sec --docker host=tcp://h:2,ca=ca.pem,cert=ca.pem,key=key.pem,skip-tls-verify=true',
  'create bad --docker host=tcp://h:2,ca=none.pem',
  'create bad --docker host=tcp://h:2,ca=junk.pem',
  'create bad --docker host=tcp://h:2,cert=ca.pem,key=junk.pem',
  'create bad --docker hos=x',
  'create bad --docker skip-tls-verify=maybe',
  'create like --from sec',
  'create bad --from none',
  'create bad --from two --docker host=tcp://z:1',
  'create six --docker from=sec',
  'update two --description new',
  'update six --docker host=tcp://q:1',
  'update none --description x',
  'export sec',
  'export sec',
  'export sec none/such',
  'import new sec.dockercontext',
  'import new sec.dockercontext',
  'use two',
  'rm two like none default',
  'rm -f two none',
  'show',
  'inspect sec six new',
];

describe('contexts, kept as docker keeps them', () => {
  const directories: string[] = [];
  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  /** A command's configuration and working directory in one. */
  const directoryOf = (): string => {
    const directory = mkdtempSync('/tmp/berth-contexts-');
    directories.push(directory);
    const subject = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=authority'];
    execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', 'key.pem', '-out', 'ca.pem'], {
      cwd: directory,
      stdio: 'ignore',
    });
    writeFileSync(join(directory, 'junk.pem'), 'junk');
    return directory;
  };

  const run = (command: readonly string[], directory: string, words: readonly string[]) => {
    const [program = '', ...rest] = [...command, 'context', ...words];
    const { status, stdout, stderr } = spawnSync(program, rest, {
      cwd: directory,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: directory, DOCKER_CONFIG: directory },
    });
    return { status, stdout: stdout.replaceAll(directory, 'DIR'), stderr: stderr.replaceAll(directory, 'DIR') };
  };

  const filesOf = (directory: string): string[] =>
    readdirSync(join(directory, 'contexts'), { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(directory, 'contexts', name)).isFile())
      .map((name) => `${name} ${statSync(join(directory, 'contexts', name)).mode.toString(8)}`)
      .sort();

  const OURS = [process.execPath, BERTH_COMMAND];

  it('does and says the same as docker, and each reads what the other wrote', () => {
    const [docker, ours] = [directoryOf(), directoryOf()];
    for (const line of LINES) {
      const words = line.split(' ');
      expect({ line, ...run(OURS, ours, words) }).toEqual({ line, ...run(['docker'], docker, words) });
    }
    expect(filesOf(ours)).toEqual(filesOf(docker));
    expect(filesOf(ours).length).toBeGreaterThan(5);
    expect(readFileSync(join(ours, 'sec.dockercontext')).length).toBeGreaterThan(1024);
    expect(run(OURS, docker, ['inspect', 'sec', 'new'])).toEqual(run(['docker'], docker, ['inspect', 'sec', 'new']));
    expect(run(['docker'], ours, ['import', 'again', 'sec.dockercontext'])).toMatchObject({ status: 0 });
  });

  it('makes one of the engine that is in use, and passes archives through pipes', () => {
    const directory = directoryOf();
    expect(run(OURS, directory, ['create', 'here'])).toMatchObject({ status: 0, stdout: 'here\n' });
    const host = run(OURS, directory, ['inspect', '-f', '{{.Endpoints.docker.Host}}', 'here']).stdout;
    expect(host).toMatch(/^unix:\/\/\/.*berth.*\.sock\n$/);
    const script = '"$0" "$1" context export here - | "$0" "$1" context import there -';
    const piped = spawnSync('sh', ['-c', script, ...OURS], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: directory, DOCKER_CONFIG: directory },
    });
    expect(piped).toMatchObject({ status: 0, stdout: 'there\n' });
    expect(run(OURS, directory, ['inspect', '-f', '{{.Endpoints.docker.Host}}', 'there']).stdout).toBe(host);
  });
});
