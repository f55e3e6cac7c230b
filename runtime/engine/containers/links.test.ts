import { describe, expect, it } from 'vitest';
import { EngineError } from '../errors.ts';
import type { HostConfig } from './config.ts';
import { linkVariables } from './link-variables.ts';
import { linkNames, linksOf, resolvedLinks, shownLinks, type LinkedContainers } from './links.ts';
import type { ContainerRecord } from './types.ts';

const ID = 'a'.repeat(64);

function container(name: string, hostConfig: HostConfig = {}, id = name): ContainerRecord {
  return { id, name, hostConfig } as unknown as ContainerRecord;
}

function registry(...records: ContainerRecord[]): LinkedContainers {
  return {
    find: (reference) => {
      const record = records.find(({ id, name }) => id === reference || name === reference);
      if (record === undefined) throw new EngineError('not-found', `No such container: ${reference}`);
      return { record };
    },
  };
}

describe('links', () => {
  const containers = registry(
    container('db', {}, ID),
    container('beside', { NetworkMode: 'container:db' }),
    container('open', { NetworkMode: 'host' }),
  );

  it('are kept by id, and lead to the container whose network it is', () => {
    expect(resolvedLinks({ Links: ['db', 'db:mysql', 'beside:b'] }, containers)).toEqual([
      `${ID}:db`,
      `${ID}:mysql`,
      `${ID}:b`,
    ]);
    expect(resolvedLinks({ Links: ['none'], NetworkMode: 'own' }, containers)).toEqual(['none']);
  });

  it.each([
    ['none', 'could not get container for none: No such container: none'],
    ['open', "conflicting options: host type networking can't be used with links"],
  ])('to %s are refused', (link, message) => {
    expect(() => resolvedLinks({ Links: [link] }, containers)).toThrow(
      expect.objectContaining({ kind: 'invalid', message: expect.stringContaining(message) }),
    );
  });

  it('are shown by the names of now, without those to containers that are gone', () => {
    const web = container('web', { Links: [`${ID}:db`, `${'b'.repeat(64)}:gone`] });
    expect(shownLinks(web, registry(container('renamed', {}, ID)))).toEqual(['/renamed:/web/db']);
    expect(shownLinks(web, registry())).toBeNull();
    expect(linksOf(container('web', { Links: ['db'], NetworkMode: 'own' }), containers)).toEqual([]);
    expect(linkNames([{ record: web }, { record: container('app', { Links: [`${ID}:mysql`] }) }], containers)).toEqual(
      new Map([[ID, ['web/db', 'app/mysql']]]),
    );
  });

  it('bring variables of ports, ranges, name and environment', () => {
    const target = { alias: 'my-db', path: '/web/my-db', address: '172.17.0.2' };
    expect(
      linkVariables({ ...target, ports: [], environment: ['A=b=c', 'EMPTY=', 'HOME=/root', 'PATH=/', 'BARE'] }),
    ).toEqual(['MY_DB_NAME=/web/my-db', 'MY_DB_ENV_A=b=c', 'MY_DB_ENV_EMPTY=']);
    const lines = linkVariables({ ...target, ports: ['53/udp', '8001/tcp', '8000/tcp'], environment: [] });
    expect(lines.slice(0, 5)).toEqual([
      'MY_DB_PORT=tcp://172.17.0.2:8000',
      'MY_DB_PORT_8000_TCP=tcp://172.17.0.2:8000',
      'MY_DB_PORT_8000_TCP_ADDR=172.17.0.2',
      'MY_DB_PORT_8000_TCP_PORT=8000',
      'MY_DB_PORT_8000_TCP_PROTO=tcp',
    ]);
    expect(lines).toContain('MY_DB_PORT_53_UDP=udp://172.17.0.2:53');
    expect(lines.slice(-5)).toEqual([
      'MY_DB_PORT_8000_TCP_START=tcp://172.17.0.2:8000',
      'MY_DB_PORT_8000_TCP_PORT_START=8000',
      'MY_DB_PORT_8000_TCP_END=tcp://172.17.0.2:8001',
      'MY_DB_PORT_8000_TCP_PORT_END=8001',
      'MY_DB_NAME=/web/my-db',
    ]);
  });
});
