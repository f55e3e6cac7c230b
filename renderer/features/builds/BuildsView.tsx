import { Ban, Diff, FileInput, Hammer, RotateCw } from 'lucide-react';
import { useEffect } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { BuildSummary } from '../../../runtime/contract/builds.ts';
import { buildName, buildPath, followBuilds } from '../../data/builds.ts';
import { drop } from '../../data/drop.ts';
import { builds as texts } from '../../strings/builds.ts';
import { Button } from '../../ui/Button.tsx';
import type { Column } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { StateDot } from '../../ui/StateDot.tsx';
import { AgoCell } from '../lists/AgoCell.tsx';
import { DialogButton } from '../lists/DialogButton.tsx';
import { ListScreen } from '../lists/ListScreen.tsx';
import { actionsColumn, RowActions, RowButton } from '../lists/RowActions.tsx';
import { buildMenu, buildState, cancelBuild, chooseBuilds, comparePath, rebuild, removeBuilds } from './actions.tsx';
import css from './BuildsView.module.css';
import { cachedShare, formatSpan } from './model.ts';
import { preloadBuildView } from './preload.ts';
import { useBuilds, useNow } from './use-build.ts';

function TookCell({ build }: { readonly build: BuildSummary }) {
  const now = useNow(build.status === 'running');
  return <span className={css['number']}>{formatSpan((build.completedAt ?? now) - build.createdAt)}</span>;
}

function StatusCell({ build }: { readonly build: BuildSummary }) {
  const state = buildState(build);
  if (build.status !== 'running' || build.total === 0) return <StateDot {...state} />;
  return <StateDot tone={state.tone} text={texts.progress(build.completed, build.total)} />;
}

function CachedCell({ build }: { readonly build: BuildSummary }) {
  return (
    <span className={css['cached']}>
      <span className={css['meter']} aria-hidden="true">
        <span style={{ inlineSize: `${String(Math.round(cachedShare(build) * 100))}%` }} />
      </span>
      <span className={css['dim']}>{texts.cachedOf(build.cached, build.total)}</span>
    </span>
  );
}

const rowId = (build: BuildSummary) => build.ref;
const textOf = (build: BuildSummary) => `${build.title} ${texts.states[build.status]} ${build.error} ${build.ref}`;

const COLUMNS: readonly Column<BuildSummary>[] = [
  {
    id: 'name',
    header: texts.name,
    width: 'minmax(150px, 1.6fr)',
    sortBy: buildName,
    cell: (build) => (
      <span className={css['name']} title={build.title}>
        {buildName(build)}
        {build.error !== '' && build.status === 'failed' && <span className={css['error']}> {build.error}</span>}
      </span>
    ),
  },
  {
    id: 'status',
    header: texts.status,
    width: '150px',
    sortBy: (build) => texts.states[build.status],
    cell: (build) => <StatusCell build={build} />,
  },
  {
    id: 'cached',
    header: texts.cached,
    width: '136px',
    minTableWidth: 640,
    sortBy: cachedShare,
    cell: (build) => <CachedCell build={build} />,
  },
  {
    id: 'took',
    header: texts.duration,
    width: '104px',
    align: 'end',
    sortBy: (build) => (build.completedAt ?? Date.now()) - build.createdAt,
    cell: (build) => <TookCell build={build} />,
  },
  {
    id: 'started',
    header: texts.started,
    width: '118px',
    sortBy: (build) => -build.createdAt,
    cell: (build) => <AgoCell className={css['dim']} at={build.createdAt} />,
  },
  actionsColumn('70px', (build) => (
    <RowActions menu={{ name: buildName(build), entries: () => buildMenu(build) }}>
      {build.status === 'running' ? (
        <RowButton
          danger
          label={texts.cancelName(buildName(build))}
          icon={<Ban size={15} />}
          onClick={() => {
            drop(cancelBuild(build));
          }}
        />
      ) : (
        <RowButton
          label={texts.againName(buildName(build))}
          icon={<RotateCw size={15} />}
          onClick={() => {
            drop(rebuild(build));
          }}
        />
      )}
    </RowActions>
  )),
];

/** All builds, whoever started them: what goes on, and what was. */
export default function BuildsView() {
  const { rows, status, error, kept } = useBuilds();
  useEffect(() => {
    drop(preloadBuildView());
  }, []);
  const start = (
    <DialogButton icon={<Hammer size={15} />} request={{ kind: 'build' }}>
      {texts.build}
    </DialogButton>
  );
  const takeOver = (
    <Button
      icon={<FileInput size={15} />}
      title={texts.takeOverHint}
      onClick={() => {
        drop(chooseBuilds());
      }}
    >
      {texts.takeOver}
    </Button>
  );
  return (
    <ListScreen
      id="builds"
      title={texts.title}
      note={kept ? undefined : <span title={texts.notKeptText}>{texts.notKept}</span>}
      filterLabel={texts.filter}
      noneMatches={texts.noneMatches}
      rows={rows}
      source={{ status, error, onRetry: followBuilds }}
      columns={COLUMNS}
      defaultSort={{ column: 'started', descending: false }}
      rowId={rowId}
      rowName={buildName}
      textOf={textOf}
      onOpen={(build) => {
        navigate(buildPath(build.ref));
      }}
      menu={buildMenu}
      onRemove={(chosen) => {
        drop(removeBuilds(chosen));
      }}
      bulk={(chosen) => <CompareButton chosen={chosen} />}
      tools={rows.length > 0 && kept && takeOver}
      primary={rows.length > 0 && start}
      empty={
        <EmptyState
          picture={<Hammer size={44} strokeWidth={1.5} />}
          title={kept ? texts.emptyTitle : texts.notKept}
          actions={
            <>
              {start}
              {kept && takeOver}
            </>
          }
        >
          {kept ? texts.emptyText : texts.notKeptText}
        </EmptyState>
      }
    />
  );
}

function CompareButton({ chosen }: { readonly chosen: readonly BuildSummary[] }) {
  const [a, b] = chosen;
  return (
    <Button
      size="small"
      variant="quiet"
      icon={<Diff size={15} />}
      disabled={chosen.length !== 2}
      title={texts.compareHint}
      onClick={() => {
        if (a !== undefined && b !== undefined) navigate(comparePath(a, b));
      }}
    >
      {texts.compare}
    </Button>
  );
}
