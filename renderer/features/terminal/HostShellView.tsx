import { useEngine } from '../../data/engine.ts';
import { screens } from '../../strings/shell.ts';
import { terminal as texts } from '../../strings/terminal.ts';
import { Page } from '../../ui/Page.tsx';
import { TerminalTabs } from './TerminalTabs.tsx';

/** Shells of this machine, with `docker` and other tools pointed at the engine. */
export default function HostShellView() {
  const dockerHost = useEngine((state) => state.info?.dockerHost);
  return (
    <Page title={screens.shell} note={dockerHost === undefined ? undefined : `DOCKER_HOST=${dockerHost}`}>
      <TerminalTabs
        owns={(session) => session.kind === 'host'}
        newTarget={() => ({ target: { kind: 'host' }, title: texts.title })}
        autoOpen
        canOpen
        emptyText={texts.noShell}
      />
    </Page>
  );
}
