import { expect, it } from 'vitest';
import type { ContainerSummary, PortBinding } from '../../../runtime/contract/contract.ts';
import { publishedPorts } from './published-ports.ts';

const binding = (hostIp: string, hostPort: number): PortBinding => ({
  containerPort: 80,
  protocol: 'tcp',
  hostIp,
  hostPort,
});

function container(id: string, ports: readonly PortBinding[]): ContainerSummary {
  return {
    id,
    name: id,
    image: 'nginx',
    imageId: '',
    command: '',
    state: 'running',
    status: 'Up',
    exitCode: null,
    health: 'none',
    createdAt: 0,
    startedAt: 0,
    ports,
    labels: {},
  };
}

it('lists what is published by its number, with the address to connect to', () => {
  const found = publishedPorts([
    container('web', [binding('0.0.0.0', 8080), binding('', 0)]),
    container('db', [binding('127.0.0.2', 5432), binding('fd00::1', 9000)]),
  ]);
  expect(found.map(({ container: { name }, address }) => `${name} ${address}`)).toEqual([
    'db 127.0.0.2:5432',
    'web localhost:8080',
    'db [fd00::1]:9000',
  ]);
});
