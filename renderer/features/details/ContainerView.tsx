import { Copy, Undo2 } from 'lucide-react';
import { Link, Redirect, useLocation, useParams } from 'wouter';
import { useContainers } from '../../data/containers.ts';
import { drop } from '../../data/drop.ts';
import { imageReference, images } from '../../data/images.ts';
import { useResource } from '../../data/resource.ts';
import { restoreContainers, trash } from '../../data/trash.ts';
import { useQuery } from '../../data/use-query.ts';
import { containers as containerTexts } from '../../strings/containers.ts';
import { details as texts } from '../../strings/details.ts';
import { Button } from '../../ui/Button.tsx';
import { shortId } from '../../ui/format.ts';
import { ScreenMenu } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { useNumberKeys } from '../../ui/use-number-keys.ts';
import { StateDot } from '../../ui/StateDot.tsx';
import { containerCommands, containerMenu } from '../containers/commands.tsx';
import { copyWithToast } from '../containers/copy.ts';
import { describeState, findContainer } from '../containers/model.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import { FileBrowser } from '../files/FileBrowser.tsx';
import { imagePath } from '../images/actions.tsx';
import { BackButton, GonePage } from '../lists/Detail.tsx';
import { LogMomentPane } from '../logs/LogMomentPane.tsx';
import { LogsPane } from '../logs/LogsPane.tsx';
import { ContainerTerminal } from '../terminal/ContainerTerminal.tsx';
import css from './ContainerView.module.css';
import { ChangesPane } from './ChangesPane.tsx';
import { InspectPane } from './InspectPane.tsx';
import { Overview } from './Overview.tsx';
import { ProcessesPane } from './ProcessesPane.tsx';
import { SnapshotsPane } from './SnapshotsPane.tsx';
import { StatsPane } from './StatsPane.tsx';

const TABS = [
  'overview',
  'logs',
  'terminal',
  'files',
  'inspect',
  'stats',
  'processes',
  'changes',
  'snapshots',
] as const;

/** A path out of an address; the root for what is none. */
function pathOf(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return '/';
  }
}

/** One container: what it is, what it says, a terminal in it, and everything the engine knows. */
export default function ContainerView() {
  const { id, tab, at } = useParams<{ id: string; tab?: string; at?: string }>();
  // Links that people write name a container; addresses here have its id, which a new name does not change.
  const meant = useContainers(({ byId }) => (byId.has(id) ? id : findContainer(byId.values(), id)?.id));
  if (meant === undefined || meant === id) return <Known />;
  const rest = [tab, at].filter((part) => part !== undefined);
  return <Redirect to={['/containers', meant, ...rest].join('/')} replace />;
}

function Known() {
  const { id, tab = 'logs', at } = useParams<{ id: string; tab?: string; at?: string }>();
  const current = TABS.find((one) => one === tab) ?? 'logs';
  const [, setLocation] = useLocation();
  const row = useContainers((state) => state.byId.get(id));
  const loaded = useContainers((state) => state.status === 'ready');
  const pending = useContainers((state) => state.pending.get(id));
  // The row changes with every event of this container, and so does what is known of it.
  const { data: details, error, retry } = useQuery('containers.inspect', { id }, row);

  useNumberKeys((index) => {
    const wanted = TABS[index];
    if (wanted !== undefined) setLocation(`/containers/${id}/${wanted}`);
  });

  const imageRows = useResource(images).rows;

  const container = row ?? details;
  const back = <BackButton label={texts.back} to="/containers" />;
  if (row === undefined && loaded) return <GoneContainer id={id} />;
  if (container === null) {
    return (
      <Page title={texts.container} before={back}>
        {error !== null && <ErrorState error={error} onRetry={retry} />}
      </Page>
    );
  }
  const { tone, text } = describeState(container, pending);
  // By the name that it was made from, if that still is the same image.
  const named = imageRows.find((image) => image.id === container.imageId && imageReference(image) === container.image);
  const imageHref = imagePath(named ?? { repository: '', tag: '', id: container.imageId });
  const primary = containerCommands.filter(
    (command) => ['start', 'stop', 'restart', 'unpause'].includes(command.id) && command.appliesTo(container),
  );
  return (
    <Page
      title={container.name}
      before={back}
      note={
        <>
          <StateDot tone={tone} text={text} />
          <Link href={imageHref} className={css['image']} title={containerTexts.openImage(container.image)}>
            {container.image}
          </Link>
          <button
            type="button"
            className={css['id']}
            title={containerTexts.words.copyId}
            aria-label={containerTexts.words.copyId}
            onClick={() => {
              copyWithToast(container.id, containerTexts.idCopied);
            }}
          >
            <code>{shortId(container.id)}</code>
            <Copy size={12} aria-hidden />
          </button>
        </>
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
          <ScreenMenu entries={() => containerMenu(container)} />
        </>
      }
    >
      <Tabs
        label={texts.viewsOf(container.name)}
        current={current}
        tabs={TABS.map((one) => ({ id: one, label: texts.tabs[one], href: `/containers/${id}/${one}` }))}
      />
      {current === 'logs' &&
        (at === undefined ? (
          <LogsPane key={id} container={container} />
        ) : (
          <LogMomentPane key={`${id} ${at}`} container={container} at={at} />
        ))}
      {current === 'terminal' && <ContainerTerminal key={id} container={container} />}
      {current === 'overview' &&
        (details === null ? (
          error !== null && <ErrorState error={error} onRetry={retry} />
        ) : (
          <Overview details={details} />
        ))}
      {current === 'files' && (
        <FileBrowser
          key={`${id} ${at ?? ''}`}
          target={{ kind: 'container', id }}
          name={container.name}
          version={container.state}
          {...(at === undefined ? {} : { initial: pathOf(at) })}
        />
      )}
      {current === 'stats' && <StatsPane key={id} container={container} />}
      {current === 'processes' && <ProcessesPane key={id} container={container} />}
      {current === 'changes' && <ChangesPane key={id} container={container} />}
      {current === 'snapshots' && <SnapshotsPane key={id} container={container} />}
      {current === 'inspect' && details !== null && <InspectPane name={container.name} value={details.raw} />}
    </Page>
  );
}

/** A container that is not there: it may be in the trash. */
function GoneContainer({ id }: { readonly id: string }) {
  const { rows } = useResource(trash);
  const removed = id.length < 12 ? undefined : rows.find((one) => one.id.startsWith(id));
  return (
    <GonePage
      title={texts.container}
      list="/containers"
      texts={removed === undefined ? texts : { ...texts, goneText: texts.inTrash(removed.name) }}
      known
      {...(removed === undefined
        ? {}
        : {
            action: (
              <Button
                variant="primary"
                icon={<Undo2 size={15} />}
                onClick={() => {
                  drop(restoreContainers([removed]));
                }}
              >
                {texts.bringBack}
              </Button>
            ),
          })}
    />
  );
}
