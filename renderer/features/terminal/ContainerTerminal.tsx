import { useState } from 'react';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { Select, TextField } from '../../ui/Field.tsx';
import { TerminalTabs } from './TerminalTabs.tsx';
import css from './ContainerTerminal.module.css';

/** What can be started in a container. `auto` takes bash where it is, else sh. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
  auto: ['/bin/sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'],
  bash: ['bash'],
  sh: ['sh'],
  zsh: ['zsh'],
  ash: ['ash'],
};

/** Terminals in one container. */
export function ContainerTerminal({
  container,
}: {
  readonly container: Pick<ContainerSummary, 'id' | 'name' | 'state'>;
}) {
  const [shell, setShell] = useState('auto');
  const [user, setUser] = useState('');
  const running = container.state === 'running';
  return (
    <TerminalTabs
      owns={(session) => session.kind !== 'host' && session.containerId === container.id}
      newTarget={() => ({
        target: { kind: 'exec', containerId: container.id, command: [...(SHELLS[shell] ?? ['sh'])], user },
        title: shell === 'auto' ? 'shell' : shell,
      })}
      autoOpen
      canOpen={running}
      emptyText={
        running ? 'No terminal is open.' : `A terminal needs a running container; this one is ${container.state}.`
      }
      tools={
        <>
          <Select
            label="Shell"
            inline
            value={shell}
            onChange={setShell}
            options={Object.keys(SHELLS).map((value) => ({ value, label: value === 'auto' ? 'best shell' : value }))}
          />
          <div className={css['user']}>
            <TextField label="User" inline placeholder="default user" value={user} onChange={setUser} />
          </div>
        </>
      }
    />
  );
}
