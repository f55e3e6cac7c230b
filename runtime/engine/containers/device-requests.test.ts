import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { asksForHooks, assertNoHooks, ociHooks, requestedDevices } from './device-requests.ts';
import { withDefaultRuntime } from './host-config-checks.ts';

/** A directory in which a file describes devices of the kind `example.com/own`. */
function described(devices: readonly object[], containerEdits: object = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'cdi-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  const file = { cdiVersion: '0.6.0', kind: 'example.com/own', devices, containerEdits };
  writeFileSync(join(directory, 'own.json'), JSON.stringify(file));
  return directory;
}

const asked = (...names: string[]) => ({
  DeviceRequests: [{ Driver: 'cdi', DeviceIDs: names.map((name) => `example.com/own=${name}`) }],
});

it('looks for devices where the settings say that they are described', () => {
  const directory = described([{ name: 'one', containerEdits: { env: ['OWN=1'] } }]);
  expect(requestedDevices(asked('one'), false, [directory]).environment).toEqual(['OWN=1']);
  expect(() => requestedDevices(asked('one'), false, [])).toThrow('unresolvable CDI devices example.com/own=one');
});

const LINKS = { hookName: 'createContainer', path: '/usr/bin/links', args: ['links', '--link', 'a::/b'], timeout: 5 };
const CACHE = { hookName: 'createContainer', path: '/usr/bin/cache', env: ['DEBUG=1'] };
const AFTER = { hookName: 'poststop', path: '/usr/bin/after' };

it('has the hooks of devices by their moment, none with an environment that it does not say', () => {
  const directory = described([{ name: 'one', containerEdits: { hooks: [CACHE, AFTER] } }], { hooks: [LINKS] });
  expect(ociHooks(requestedDevices(asked('one'), false, [directory]))).toEqual({
    createContainer: [
      {
        path: '/usr/bin/links',
        args: ['links', '--link', 'a::/b'],
        env: [expect.stringMatching(/^PATH=\/usr\//)],
        timeout: 5,
      },
      { path: '/usr/bin/cache', args: ['/usr/bin/cache'], env: ['DEBUG=1'] },
    ],
    poststop: [{ path: '/usr/bin/after', args: ['/usr/bin/after'], env: [expect.stringMatching(/^PATH=\//)] }],
  });
  expect(ociHooks({ hooks: [] })).toBeUndefined();
});

it.each([
  ['of no known moment', { ...LINKS, hookName: 'sometimes' }],
  ['of no absolute path', { ...LINKS, path: 'links' }],
])('knows no device that is described with a hook %s', (_case, hook) => {
  const directory = described([{ name: 'one', containerEdits: { hooks: [hook] } }]);
  expect(() => requestedDevices(asked('one'), false, [directory])).toThrow('unresolvable CDI devices');
});

it('gives a container whose devices ask for hooks a runtime that runs them, where no other was chosen', () => {
  const plain = { name: 'plain', containerEdits: { env: ['A=1'] } };
  const directory = described([plain, { name: 'hooked', containerEdits: { hooks: [LINKS] } }]);
  const runtimeOf = (names: string[], Runtime: string, defaultName: string, hookRunner: string | null) =>
    withDefaultRuntime({ ...asked(...names), Runtime }, { defaultName, hookRunner }, [directory]).Runtime;
  expect(runtimeOf(['plain', 'hooked'], '', 'berth', 'runc')).toBe('runc');
  expect(runtimeOf(['plain'], '', 'berth', 'runc')).toBe('');
  expect(runtimeOf(['hooked'], 'berth', 'berth', 'runc')).toBe('berth');
  expect(runtimeOf(['hooked'], '', 'other', 'runc')).toBe('other');
  expect(runtimeOf(['hooked'], '', 'berth', null)).toBe('');
  expect(asksForHooks(asked('plain'), [directory])).toBe(false);
  const hooks = ociHooks(requestedDevices(asked('hooked'), false, [directory]));
  expect(() => {
    assertNoHooks(hooks === undefined ? {} : { hooks }, 'which nobody runs');
  }).toThrow('a device asks for hooks (/usr/bin/links), which nobody runs');
});
