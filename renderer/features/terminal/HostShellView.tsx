import { useEngine } from '../../data/engine.ts';
import { Page } from '../../ui/Page.tsx';
import { TerminalTabs } from './TerminalTabs.tsx';

/** Shells of this machine, with `docker` and other tools pointed at the engine. */
export function HostShellView() {
  const dockerHost = useEngine((state) => state.info?.dockerHost);
  return (
    <Page title="Host shell" note={dockerHost === undefined ? undefined : `DOCKER_HOST=${dockerHost}`}>
      <TerminalTabs
        owns={(session) => session.kind === 'host'}
        newTarget={() => ({ target: { kind: 'host' }, title: 'shell' })}
        autoOpen
        canOpen
        emptyText="No shell is open."
      />
    </Page>
  );
}
