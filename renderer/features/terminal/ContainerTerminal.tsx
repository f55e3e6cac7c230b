import { useState } from 'react';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { containers as containerTexts } from '../../strings/containers.ts';
import { terminal as texts } from '../../strings/terminal.ts';
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
        title: shell === 'auto' ? texts.title : shell,
      })}
      autoOpen
      canOpen={running}
      emptyText={running ? texts.none : texts.needsRunning(containerTexts.states[container.state])}
      tools={
        <>
          <Select
            label={texts.shell}
            inline
            value={shell}
            onChange={setShell}
            options={Object.keys(SHELLS).map((value) => ({ value, label: value === 'auto' ? texts.bestShell : value }))}
          />
          <div className={css['user']}>
            <TextField label={texts.user} inline placeholder={texts.defaultUser} value={user} onChange={setUser} />
          </div>
        </>
      }
    />
  );
}
