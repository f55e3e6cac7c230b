import { expect, test } from 'vitest';
import { inNameOrder, inProjectOrder } from './render-order.ts';

test('a project is printed in the order of docker compose', () => {
  const project = {
    'x-b': { z: 1, a: 2 },
    volumes: { v: { driver_opts: { b: '1', a: '2' }, name: 'v' } },
    services: {
      web: {
        image: 'x',
        depends_on: { db: { required: true, condition: 'service_started' } },
        ports: [{ target: 80, published: '8080', mode: 'ingress' }],
        'x-own': 1,
        environment: { B: '1', A: '2' },
        post_start: [{ environment: {}, command: ['a'] }],
        build: { target: 't', context: '.' },
      },
    },
    name: 'p',
  };
  expect(JSON.stringify(inProjectOrder(project))).toBe(
    JSON.stringify({
      name: 'p',
      services: {
        web: {
          build: { context: '.', target: 't' },
          depends_on: { db: { condition: 'service_started', required: true } },
          environment: { A: '2', B: '1' },
          image: 'x',
          ports: [{ mode: 'ingress', target: 80, published: '8080' }],
          post_start: [{ command: ['a'], environment: {} }],
          'x-own': 1,
        },
      },
      volumes: { v: { name: 'v', driver_opts: { a: '2', b: '1' } } },
      'x-b': { a: 2, z: 1 },
    }),
  );
  expect(Object.keys(inNameOrder(project))).toEqual(['name', 'services', 'volumes', 'x-b']);
});
