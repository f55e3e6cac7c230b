import { expect, it } from 'vitest';
import type { ComposeKeys } from '../../../runtime/contract/compose-keys.ts';
import { wordsAt } from './compose-words.ts';

const BOOLEAN: ComposeKeys = { values: ['true', 'false'] };
const NAMED: ComposeKeys = { each: {}, keys: { '*': {} } };
const SCHEMA: ComposeKeys = {
  keys: {
    services: {
      keys: {
        '*': {
          keys: {
            image: {},
            init: BOOLEAN,
            restart: { values: ['no', 'always', 'unless-stopped'] },
            build: { keys: { context: {} } },
            command: { each: {} },
            environment: NAMED,
            healthcheck: { keys: { test: { each: {} }, start_interval: {} } },
            depends_on: { each: {}, keys: { '*': { keys: { condition: { values: ['service_healthy'] } } } } },
            networks: NAMED,
            secrets: { each: { keys: { source: {} } } },
            ports: { each: { keys: { target: {}, published: {} } } },
            volumes: { each: { keys: { type: { values: ['bind', 'tmpfs'] }, bind: { keys: { propagation: {} } } } } },
          },
        },
      },
    },
    networks: { keys: { '*': { keys: { internal: BOOLEAN } } } },
    volumes: { keys: { '*': {} } },
    secrets: { keys: { '*': {} } },
  },
};

/** Labels at the mark. */
function at(marked: string): string[] {
  const position = marked.indexOf('|');
  return (wordsAt(marked.replace('|', ''), position, SCHEMA)?.options ?? []).map(({ label }) => label);
}

const TAIL = '\nnetworks:\n  front:\n  back: {internal: true}\nvolumes:\n  data:\nsecrets:\n  key: {file: k}\n';

it('completes keys by what they are below', () => {
  expect(at('ser|')).toContain('services');
  expect(at('services:\n  web:\n    im|')).toContain('image');
  expect(at('services:\n    web:\n        build:\n            con|')).toContain('context');
  expect(at('services:\n  web:\n    image: a\n    |\n    init: true')).not.toContain('image');
  expect(at('services:\n  web:\n    image: a\n    |\n    init: true')).not.toContain('init');
  expect(at('services:\n  web:\n    x|\n  db:\n    image: b')).toContain('image');
  expect(at('services:\n  we|')).toEqual([]);
  expect(at('services:\n  web:\n    environment:\n      A|')).toEqual([]);
  expect(at('services:\n  "web":\n    # why\n\n    healthcheck:\n      st|')).toContain('start_interval');
  expect(at(`services:\n  web:\n    image: a\nnet|`)).toContain('networks');
});

it('completes keys in entries of lists, indented or not', () => {
  expect(at('services:\n  web:\n    ports:\n      - tar|')).toContain('target');
  expect(at('services:\n  web:\n    ports:\n    - target: 80\n      pub|')).toContain('published');
  expect(at('services:\n  web:\n    ports:\n    - target: 80\n      |')).not.toContain('target');
  expect(at('services:\n  web:\n    ports:\n    - target: 80\n    - |')).toContain('target');
  expect(at('services:\n  web:\n    volumes:\n      - type: bind\n        bind:\n          |')).toContain(
    'propagation',
  );
});

it('completes values of which there are a few', () => {
  expect(at('services:\n  web:\n    restart: un|')).toContain('unless-stopped');
  expect(at('services:\n  web:\n    init: |')).toEqual(['true', 'false']);
  expect(at('services:\n  web:\n    depends_on:\n      db:\n        condition: |')).toContain('service_healthy');
  expect(at('services:\n  web:\n    volumes:\n      - type: |')).toContain('tmpfs');
  expect(at('services:\n  web:\n    image: |')).toEqual([]);
});

it('completes names of the file itself', () => {
  const services = 'services:\n  db:\n    image: x\n  web:\n    image: a\n';
  expect(at(`${services}    depends_on:\n      - |${TAIL}`)).toEqual(['db', 'web']);
  expect(at(`${services}    depends_on:\n      d|${TAIL}`)).toContain('db');
  expect(at(`${services}    networks: \n      - |${TAIL}`)).toEqual(['front', 'back']);
  expect(at(`${services}    networks:\n      front:\n      |${TAIL}`)).toEqual(['back']);
  expect(at(`${services}    secrets:\n    - |${TAIL}`)).toContain('key');
});

it('says nothing where it does not know', () => {
  expect(at('services: {web: {im|')).toEqual([]);
  expect(at('services:\n  web:\n    command: sh -c |')).toEqual([]);
  expect(at('services:\n  web:\n    nonsense:\n      a|')).toEqual([]);
});
