import { expect, it } from 'vitest';
import { debugContainer, type DebugChoice, type DebuggedContainer } from './debug-container.ts';

const CHOICE: DebugChoice = { image: 'tools', shell: '', command: [], tty: true, stdin: true };
const target = (hostConfig: DebuggedContainer['HostConfig']): DebuggedContainer => ({
  Id: 'abc',
  Name: '/web',
  State: { Running: true },
  Config: { WorkingDir: '/srv' },
  HostConfig: hostConfig,
});
const bodyOf = (container: DebuggedContainer, choice = CHOICE) =>
  debugContainer(container, choice).body as {
    Entrypoint: string[];
    Cmd: string[];
    HostConfig: Record<string, unknown>;
  };

it('has the rights of the container and the one that looking into it takes, and no more', () => {
  expect(bodyOf(target({})).HostConfig).toEqual({
    AutoRemove: true,
    PidMode: 'container:abc',
    NetworkMode: 'container:abc',
    CapAdd: ['SYS_PTRACE'],
    CapDrop: [],
    SecurityOpt: [],
  });
  const strict = { CapDrop: ['ALL'], CapAdd: ['NET_BIND_SERVICE'], SecurityOpt: ['no-new-privileges'] };
  expect(bodyOf(target(strict)).HostConfig).toMatchObject({
    CapDrop: ['ALL'],
    CapAdd: ['NET_BIND_SERVICE', 'SYS_PTRACE'],
    SecurityOpt: ['no-new-privileges'],
  });
});

it('gets no right over the processes of the host or of another container', () => {
  for (const PidMode of ['host', 'container:other']) {
    const { HostConfig, Entrypoint } = bodyOf(target({ PidMode }));
    expect(debugContainer(target({ PidMode }), CHOICE).showsFiles).toBe(false);
    expect(HostConfig['CapAdd']).toEqual([]);
    expect(Entrypoint.join(' ')).not.toContain('/proc/1/root');
  }
});

it('joins the memory of a container that lets others join it', () => {
  const ipc = (IpcMode: string) => bodyOf(target({ IpcMode })).HostConfig['IpcMode'];
  expect([ipc(''), ipc('private'), ipc('shareable'), ipc('host'), ipc('container:x')]).toEqual([
    undefined,
    undefined,
    'container:abc',
    'host',
    'container:x',
  ]);
});

it('hands a command over as words, and a shell as one word', () => {
  const command = ['sh', '-c', 'echo "$HOME"; x'];
  expect(bodyOf(target({}), { ...CHOICE, command: command }).Cmd).toEqual(command);
  expect(bodyOf(target({}), { ...CHOICE, shell: "a'; b" }).Entrypoint[2]).toContain(String.raw`exec 'a'\''; b'`);
});
