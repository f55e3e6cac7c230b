import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DockerApi } from '../../runtime/common/docker-api.ts';
import { buildHostImage } from '../../runtime/common/host-image/host-image.ts';
import { socketAnswers } from '../../runtime/common/socket-answers.ts';
import type { FromBridge, RunningContainer, ToBridge } from '../messages/bridge.ts';
import type { FromDoctor } from '../messages/doctor.ts';
import type { FromEngine, ToEngine } from '../messages/engine.ts';
import { forkStandIn, type StandIn } from '../testing/utility-process.ts';
import { examination } from './doctor-host.ts';
import { EngineHost } from './engine-host.ts';

/** Starting an engine on a busy machine, in milliseconds. */
const PATIENCE = { timeout: 30_000, interval: 50 };

/** The real engine, doctor and bridge in processes of their own, made by Node where Electron is not at hand. */
describe('the processes of the desktop app', { timeout: 120_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'berth-desk-'));
  const words = [`--data-root=${join(directory, 'd')}`];
  const engines: StandIn<ToEngine, FromEngine>[] = [];
  const lines: string[] = [];
  const newHost = (): EngineHost =>
    new EngineHost(
      () => {
        const child = forkStandIn<ToEngine, FromEngine>('engine-process/engine-process.ts', words);
        engines.push(child);
        return child;
      },
      (line) => lines.push(line),
    );
  const host = newHost();
  let socketPath = '';

  beforeAll(async () => {
    const started = host.start();
    const place = await host.place;
    expect(place.isOwn).toBe(true);
    socketPath = place.socketPath;
    await started;
  });

  afterAll(async () => {
    await host.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('answers where it said, and is the only one there', async () => {
    const api = new DockerApi(socketPath);
    expect(await api.json('GET', '/version')).toMatchObject({ Platform: { Name: 'Berth' } });
    api.close();
    const second = newHost();
    await second.start();
    expect(await second.place).toEqual({ socketPath, isOwn: false });
    await expect(second.control('stop')).rejects.toThrow('was not started by the app');
  });

  it('is brought back when it dies, and stops and starts when it is asked to', async () => {
    const pid = engines[0];
    pid?.kill('SIGKILL');
    await pid?.gone;
    await expect.poll(() => lines.at(-1), PATIENCE).toBe('The engine is back.');
    expect(await socketAnswers(socketPath)).toBe(true);
    await host.control('stop');
    expect(await socketAnswers(socketPath)).toBe(false);
    await host.control('start');
    expect(await socketAnswers(socketPath)).toBe(true);
  });

  it('is examined beside its work', async () => {
    const findings = await examination(forkStandIn<object, FromDoctor>('engine-process/doctor-process.ts', words));
    expect(findings.map(({ id }) => id)).toContain('host.kernel');
    expect(findings.filter(({ status }) => status === 'problem')).toEqual([]);
  });

  it('tells the tray what runs, and does what the tray asks for', async () => {
    const api = new DockerApi(socketPath);
    const bridge = forkStandIn<ToBridge, FromBridge>('bridge-process/bridge-process.ts', [], {
      BERTH_ENGINE_SOCKET: socketPath,
      BERTH_ENGINE_OWN: '1',
    });
    let running: readonly RunningContainer[] = [];
    bridge.on('message', (message) => {
      if (message.kind === 'running') running = message.containers;
    });
    try {
      const { archive } = await buildHostImage();
      (await api.open('POST', '/images/load', { query: { quiet: true }, stream: archive })).resume();
      const { Id } = await api.json<{ Id: string }>('POST', '/containers/create', {
        query: { name: 'desk' },
        body: { Image: 'localhost/host-tools', Cmd: ['sleep', '600'], HostConfig: { NetworkMode: 'none', Init: true } },
      });
      await api.json('POST', `/containers/${Id}/start`);
      await expect.poll(() => running, PATIENCE).toEqual([{ id: Id, name: 'desk' }]);
      bridge.postMessage({ kind: 'act', action: 'stop', container: Id });
      await expect.poll(() => running, PATIENCE).toEqual([]);
      expect(await api.json('GET', `/containers/${Id}/json`)).toMatchObject({ State: { Status: 'exited' } });
    } finally {
      bridge.kill();
      await bridge.gone;
      api.close();
    }
  });
});
