import { expect, it } from 'vitest';
import { freePort, heldPorts, holderOf, offeredPorts } from './ports.ts';

const container = (name: string, state: 'running' | 'exited', hostPort: number, protocol = 'tcp') => ({
  name,
  state,
  ports: [{ hostIp: '', hostPort, containerPort: 80, protocol }],
});
const held = heldPorts([
  container('web', 'running', 8080),
  container('dns', 'running', 5353, 'udp'),
  container('old', 'exited', 9090),
  container('inside', 'running', 0),
]);
const entry = (host: string, inside: string, protocol: 'tcp' | 'udp' = 'tcp') => ({
  host,
  container: inside,
  protocol,
});

it('knows which port of the host who has', () => {
  expect(holderOf(entry('8080', '80'), held)).toBe('web');
  expect(holderOf(entry('127.0.0.1:8080', '80'), held)).toBe('web');
  expect(holderOf(entry('5353', '53', 'udp'), held)).toBe('dns');
  for (const free of [entry('8080', '80', 'udp'), entry('9090', '80'), entry('', '80'), entry('0', '80')])
    expect(holderOf(free, held)).toBeNull();
});

it('finds a port that an ordinary user may have and nobody has', () => {
  const taken = (port: string) => held.has(port);
  expect(freePort(5432, 'tcp', taken)).toBe(5432);
  expect(freePort(443, 'tcp', taken)).toBe(8443);
  expect(freePort(80, 'tcp', taken)).toBe(8081);
  expect(freePort(80, 'udp', taken)).toBe(8080);
  expect(freePort(65_535, 'tcp', () => true)).toBe(65_535);
});

it('offers what an image says it listens on, as long as no entry has it', () => {
  expect(offeredPorts(['80/tcp', '443', '53/udp', 'nonsense'], [], held)).toEqual([
    entry('8081', '80'),
    entry('8443', '443'),
    entry('8053', '53', 'udp'),
  ]);
  expect(offeredPorts(['80/tcp'], [entry('', '80')], held)).toEqual([]);
  expect(offeredPorts(['80/tcp'], [entry('127.0.0.1:8081', '8000')], held)).toEqual([entry('8082', '80')]);
});
