import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requestedDevices } from './device-requests.ts';

it('looks for devices where the settings say that they are described', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cdi-'));
  try {
    writeFileSync(
      join(directory, 'own.json'),
      JSON.stringify({
        cdiVersion: '0.6.0',
        kind: 'example.com/own',
        devices: [{ name: 'one', containerEdits: { env: ['OWN=1'] } }],
      }),
    );
    const hostConfig = { DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['example.com/own=one'] }] };
    expect(requestedDevices(hostConfig, false, [directory]).environment).toEqual(['OWN=1']);
    expect(() => requestedDevices(hostConfig, false, [])).toThrow('unresolvable CDI devices example.com/own=one');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
