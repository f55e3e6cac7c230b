import { FolderTree, Plug, Wrench } from 'lucide-react';
import { useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { imageReference, images } from '../../data/images.ts';
import { useResource } from '../../data/resource.ts';
import { DEBUG_IMAGE, useTerminalRequest } from '../../data/terminal-request.ts';
import { containers as containerTexts } from '../../strings/containers.ts';
import { terminal as texts } from '../../strings/terminal.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Select, TextField } from '../../ui/Field.tsx';
import { MenuButton, type MenuEntry } from '../../ui/Menu.tsx';
import { TerminalTabs, type NewTerminal } from './TerminalTabs.tsx';
import css from './ContainerTerminal.module.css';

/** What can be started in a container. `auto` takes bash where it is, else sh. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
  auto: ['/bin/sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'],
  bash: ['bash'],
  sh: ['sh'],
  zsh: ['zsh'],
  ash: ['ash'],
};
/** Images that the menu of debug shells has at most; more than that nobody reads. */
const MAX_IMAGES = 15;

/** Terminals in one container, and shells beside it. */
export function ContainerTerminal({
  container,
}: {
  readonly container: Pick<ContainerSummary, 'id' | 'name' | 'state'>;
}) {
  const [shell, setShell] = useState('auto');
  const [user, setUser] = useState('');
  const rows = useResource(images).rows;
  const running = container.state === 'running';
  const asked = useTerminalRequest(({ request }) => (request?.containerId === container.id ? request.kind : null));
  const debugShell = (image: string): NewTerminal => ({
    target: { kind: 'debug', containerId: container.id, image, shell: shell === 'auto' ? '' : shell },
    title: texts.debugTitle,
  });
  const main: NewTerminal = {
    target: { kind: 'attach', containerId: container.id },
    title: texts.attachTitle,
  };
  const entry = (image: string, label: string, open: (terminal: NewTerminal) => void): MenuEntry => ({
    id: image,
    label,
    icon: <Wrench size={15} />,
    run: () => {
      open(debugShell(image));
    },
  });
  const debugMenu = (open: (terminal: NewTerminal) => void): MenuEntry[] => {
    const others = rows.filter(({ tag }) => tag !== '').map(imageReference);
    return [
      entry(DEBUG_IMAGE, texts.debugHere, open),
      ...(others.length > 0 ? (['separator'] as const) : []),
      ...others
        .filter((image) => image !== DEBUG_IMAGE)
        .slice(0, MAX_IMAGES)
        .map((image) => entry(image, texts.debugWith(image), open)),
    ];
  };
  return (
    <TerminalTabs
      owns={(session) => session.kind !== 'host' && session.containerId === container.id}
      newTarget={() => ({
        target: { kind: 'exec', containerId: container.id, command: [...(SHELLS[shell] ?? ['sh'])], user },
        title: shell === 'auto' ? texts.title : shell,
      })}
      autoOpen
      asked={asked !== null}
      takeAsked={() => {
        useTerminalRequest.setState({ request: null });
        return asked === 'attach' ? main : debugShell(DEBUG_IMAGE);
      }}
      canOpen={running}
      emptyText={running ? texts.none : texts.needsRunning(containerTexts.states[container.state])}
      fileTools={
        <Button
          icon={<FolderTree size={15} />}
          onClick={() => {
            navigate(`/containers/${container.id}/files`);
          }}
        >
          {texts.showFiles}
        </Button>
      }
      offer={(open) => (
        <>
          <p>{texts.noShellInside}</p>
          <Button
            icon={<Wrench size={15} />}
            disabled={!running}
            onClick={() => {
              open(debugShell(DEBUG_IMAGE));
            }}
          >
            {texts.debug}
          </Button>
        </>
      )}
      tools={(open) => (
        <>
          {running && (
            <IconButton
              label={texts.attach}
              icon={<Plug size={15} />}
              onClick={() => {
                open(main);
              }}
            />
          )}
          {running && <MenuButton label={texts.debug} icon={<Wrench size={15} />} entries={() => debugMenu(open)} />}
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
      )}
    />
  );
}
