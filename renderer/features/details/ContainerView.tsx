import { ArrowLeft, Ellipsis } from 'lucide-react';
import { useEffect } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { navigate } from 'wouter/use-hash-location';
import { useContainers } from '../../data/containers.ts';
import { useQuery } from '../../data/use-query.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { shortId } from '../../ui/format.ts';
import { MenuButton } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { StateDot } from '../../ui/StateDot.tsx';
import { containerCommands, containerMenu } from '../containers/commands.tsx';
import { describeState } from '../containers/model.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import { LogsPane } from '../logs/LogsPane.tsx';
import { ContainerTerminal } from '../terminal/ContainerTerminal.tsx';
import css from './ContainerView.module.css';
import { InspectPane } from './InspectPane.tsx';
import { Overview } from './Overview.tsx';

const TABS = ['overview', 'logs', 'terminal', 'inspect'] as const;
type Tab = (typeof TABS)[number];

const TITLES: Readonly<Record<Tab, string>> = {
  overview: 'Overview',
  logs: 'Logs',
  terminal: 'Terminal',
  inspect: 'Inspect',
};

/** One container: what it is, what it says, a terminal in it, and everything the engine knows. */
export default function ContainerView() {
  const { id, tab = 'logs' } = useParams<{ id: string; tab?: string }>();
  const current = TABS.find((one) => one === tab) ?? 'logs';
  const [, setLocation] = useLocation();
  const row = useContainers((state) => state.byId.get(id));
  const loaded = useContainers((state) => state.status === 'ready');
  const pending = useContainers((state) => state.pending.get(id));
  // The row changes with every event of this container, and so does what is known of it.
  const { data: details, error, retry } = useQuery('containers.inspect', { id }, row);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const wanted = TABS[Number(event.key) - 1];
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || wanted === undefined) return;
      event.preventDefault();
      setLocation(`/containers/${id}/${wanted}`);
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [id, setLocation]);

  const container = row ?? details;
  const back = (
    <IconButton
      label="Back to containers"
      icon={<ArrowLeft size={17} />}
      onClick={() => {
        navigate('/containers');
      }}
    />
  );
  if (container === null || (row === undefined && loaded && details !== null)) {
    return (
      <Page title="Container" before={back}>
        {row === undefined && loaded ? (
          <EmptyState
            title="This container is gone"
            actions={
              <Button
                variant="primary"
                onClick={() => {
                  navigate('/containers');
                }}
              >
                All containers
              </Button>
            }
          >
            It was removed. Its image is still there, so it can be run again.
          </EmptyState>
        ) : (
          error !== null && <ErrorState error={error} onRetry={retry} />
        )}
      </Page>
    );
  }
  const { tone, text } = describeState(container, pending);
  const primary = containerCommands.filter(
    (command) => ['start', 'stop', 'restart', 'unpause'].includes(command.id) && command.appliesTo(container),
  );
  return (
    <Page
      title={container.name}
      before={back}
      note={
        <span className={css['facts']}>
          <StateDot tone={tone} text={text} />
          <span className={css['image']}>{container.image}</span>
          <code className={css['id']}>{shortId(container.id)}</code>
        </span>
      }
      actions={
        <>
          {primary.map((command) => (
            <Button
              key={command.id}
              icon={command.icon}
              disabled={pending !== undefined}
              onClick={() => {
                command.run([container]);
              }}
            >
              {command.label}
            </Button>
          ))}
          <MenuButton label="More actions" icon={<Ellipsis size={17} />} entries={() => containerMenu(container)} />
        </>
      }
    >
      <nav className={css['tabs']} aria-label={`Views of ${container.name}`}>
        {TABS.map((one, index) => (
          <Link
            key={one}
            href={`/containers/${id}/${one}`}
            className={css['tab']}
            aria-current={one === current ? 'page' : undefined}
            title={`Ctrl+${String(index + 1)}`}
          >
            {TITLES[one]}
          </Link>
        ))}
      </nav>
      {current === 'logs' && <LogsPane key={id} container={container} />}
      {current === 'terminal' && <ContainerTerminal key={id} container={container} />}
      {current === 'overview' &&
        (details === null ? (
          error !== null && <ErrorState error={error} onRetry={retry} />
        ) : (
          <Overview details={details} />
        ))}
      {current === 'inspect' && details !== null && <InspectPane name={container.name} value={details.raw} />}
    </Page>
  );
}
