import { expect, it } from 'vitest';
import { composeKeys } from './keys.ts';

/** What may be written at a place: keys, entries of lists (`[]`) and values. */
function at(place: string): string[] {
  let node = composeKeys();
  for (const part of place === '' ? [] : place.split('.'))
    node = (part === '[]' ? node.each : node.keys?.[part]) ?? { values: [`nothing at ${part}`] };
  return [...Object.keys(node.keys ?? {}), ...(node.each === undefined ? [] : ['[]']), ...(node.values ?? [])];
}

it('are all that the schema takes, through whatever forms it has', () => {
  expect(at('')).toEqual(expect.arrayContaining(['name', 'services', 'networks', 'volumes', 'include', 'models']));
  expect(at('services.*')).toEqual(expect.arrayContaining(['image', 'build', 'depends_on', 'healthcheck', 'ports']));
  expect(at('services.*').length).toBeGreaterThan(90);
  expect(at('services.*.build')).toEqual(expect.arrayContaining(['context', 'dockerfile_inline', 'secrets']));
  expect(at('services.*.depends_on')).toEqual(['*', '[]']);
  expect(at('services.*.depends_on.*.condition')).toContain('service_healthy');
  expect(at('services.*.ports.[]')).toContain('published');
  expect(at('services.*.volumes.[].type')).toContain('tmpfs');
  expect(at('services.*.volumes.[].bind.propagation')).toContain('rslave');
  expect(at('services.*.deploy.resources.limits')).toContain('memory');
  expect(at('services.*.develop.watch.[].action')).toContain('sync+exec');
  expect(at('networks.*.ipam.config.[]')).toContain('subnet');
  expect(at('secrets.*')).toContain('environment');
});

it('have the values of switches and of texts of which there are only a few', () => {
  expect(at('services.*.init')).toEqual(['true', 'false']);
  expect(at('services.*.restart')).toContain('unless-stopped');
  expect(at('services.*.image')).toEqual([]);
  expect(at('services.*.environment')).toEqual(['*', '[]']);
});
