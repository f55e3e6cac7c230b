import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RUN_FLAGS } from '../../../runtime/contract/run-flags.ts';
import { fromCommandLine, toCommandLine } from './command-line.ts';
import { EMPTY_RUN_FORM, splitCommand, type RunForm } from './run-form.ts';
import { shellQuote } from '../containers/run-command.ts';

const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...Array.from('abc-_.$"\'\\ =/')) });
const plain = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant(''), arbitrary);
const port = fc.integer({ min: 1, max: 65_535 }).map(String);

const form: fc.Arbitrary<RunForm> = fc.record({
  image: plain.map((name) => `${name}:1`),
  name: optional(plain),
  command: fc.array(word, { maxLength: 4 }).map((words) => words.map(shellQuote).join(' ')),
  entrypoint: optional(plain),
  env: fc.array(fc.record({ name: plain, value: fc.string({ maxLength: 10 }) }), { maxLength: 3 }),
  ports: fc.array(
    fc.record({ host: optional(port), container: port, protocol: fc.constantFrom('tcp' as const, 'udp' as const) }),
    { maxLength: 3 },
  ),
  volumes: fc.array(
    fc.record({
      source: plain.map((name) => `/${name}`),
      destination: plain.map((name) => `/${name}`),
      readOnly: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  memory: optional(fc.constant('512m')),
  cpus: optional(fc.constant('1.5')),
  pids: optional(fc.constant('100')),
  tty: fc.boolean(),
  autoRemove: fc.boolean(),
  restartPolicy: fc.constantFrom('no' as const, 'always' as const, 'unless-stopped' as const),
  maxRetries: fc.constant(''),
  network: fc.oneof(fc.constant('default'), plain),
  workingDir: optional(plain.map((name) => `/${name}`)),
  user: optional(plain),
  more: fc.array(
    fc
      .constantFrom(...RUN_FLAGS)
      .chain((flag) => (flag.kind === 'switch' ? fc.constant('') : word).map((value) => ({ flag: flag.name, value }))),
    { maxLength: 4 },
  ),
});

describe('the command and the form', () => {
  it('are the same thing: form, command, form again', () => {
    fc.assert(
      fc.property(form, (wanted) => {
        expect(fromCommandLine(toCommandLine(wanted))).toEqual({ form: wanted });
      }),
    );
  });

  it('reads lines as people write them', () => {
    const line = `docker container run -itdp 8080:80 --env=A="b c" -v$HOME:/x:ro \\
      --restart on-failure:3 --privileged=false --label a=b -h box nginx sh -c 'echo "$A"'`;
    expect(fromCommandLine(line)).toEqual({
      form: {
        ...EMPTY_RUN_FORM,
        image: 'nginx',
        tty: true,
        ports: [{ host: '8080', container: '80', protocol: 'tcp' }],
        env: [{ name: 'A', value: 'b c' }],
        volumes: [{ source: '$HOME', destination: '/x', readOnly: true }],
        restartPolicy: 'on-failure',
        maxRetries: '3',
        more: [
          { flag: 'label', value: 'a=b' },
          { flag: 'hostname', value: 'box' },
        ],
        command: `sh -c 'echo "$A"'`,
      },
    });
    expect(splitCommand(`sh -c 'echo "$A"'`)).toEqual(['sh', '-c', 'echo "$A"']);
  });

  it.each([
    ['docker ps', { kind: 'no-run' }],
    ['docker run -d', { kind: 'no-image' }],
    ['docker run --nonsense x', { kind: 'flag', flag: '--nonsense' }],
    ['docker run --name', { kind: 'value', flag: '--name' }],
    ['docker run "x', { kind: 'quote' }],
    ['docker run --restart sometimes x', { kind: 'value', flag: '--restart' }],
  ])('says what is wrong with %s', (line, error) => {
    expect(fromCommandLine(line)).toEqual({ error });
  });
});
