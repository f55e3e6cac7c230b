import { Boxes, FilePlus, FolderOpen, Trash2, TrendingUp } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import type { ComposeProject } from '../../../runtime/contract/compose.ts';
import { projects } from '../../data/compose.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { useResource } from '../../data/resource.ts';
import { common } from '../../strings/common.ts';
import { compose as texts } from '../../strings/compose.ts';
import { Button } from '../../ui/Button.tsx';
import type { Column } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { StateDot } from '../../ui/StateDot.tsx';
import { DialogButton } from '../lists/DialogButton.tsx';
import { ListScreen } from '../lists/ListScreen.tsx';
import { actionsColumn, RowActions, RowButton } from '../lists/RowActions.tsx';
import { act, projectMenu, takeDown } from './actions.tsx';
import css from './Compose.module.css';
import { projectPath } from './path.ts';
import { projectState } from './state.ts';

const nameOf = (project: ComposeProject) => project.name;
const textOf = (project: ComposeProject) =>
  [project.name, project.directory, ...project.services.map(({ name }) => name)].join(' ');

const COLUMNS: readonly Column<ComposeProject>[] = [
  {
    id: 'name',
    header: common.name,
    width: 'minmax(140px, 1fr)',
    sortBy: nameOf,
    cell: (project) => <span className={css['name']}>{project.name}</span>,
  },
  {
    id: 'status',
    header: texts.status,
    width: 'minmax(110px, 170px)',
    sortBy: (project) => -project.running,
    cell: (project) => <StateDot {...projectState(project)} />,
  },
  {
    id: 'services',
    header: texts.services,
    width: 'minmax(140px, 1.6fr)',
    sortBy: (project) => -project.services.length,
    cell: (project) => project.services.map(({ name }) => name).join(', '),
  },
  {
    id: 'folder',
    header: texts.folder,
    width: 'minmax(140px, 1.4fr)',
    minTableWidth: 800,
    sortBy: (project) => project.directory,
    cell: (project) => <code className={css['code']}>{project.directory}</code>,
  },
  actionsColumn('104px', (project) => (
    <RowActions menu={{ name: project.name, entries: () => projectMenu(project) }}>
      <RowButton
        label={texts.upName(project.name)}
        icon={<TrendingUp size={15} />}
        onClick={() => {
          drop(act(project, 'up'));
        }}
      />
      <RowButton
        danger
        label={texts.downName(project.name)}
        icon={<Trash2 size={15} />}
        onClick={() => {
          drop(takeDown(project));
        }}
      />
    </RowActions>
  )),
];

/** Compose projects: those that run, whoever started them, and those opened here. */
export default function ComposeView() {
  const list = useResource(projects);
  const { rows } = list;
  const open = (
    <>
      <Button
        icon={<FilePlus size={15} />}
        onClick={() => {
          openDialog({ kind: 'compose-create' });
        }}
      >
        {texts.create}
      </Button>
      <DialogButton icon={<FolderOpen size={15} />} request={{ kind: 'compose-open' }}>
        {texts.open}
      </DialogButton>
    </>
  );
  return (
    <ListScreen
      id="compose"
      title={texts.title}
      filterLabel={texts.filter}
      noneMatches={texts.noneMatches}
      rows={rows}
      source={list}
      columns={COLUMNS}
      defaultSort={{ column: 'name', descending: false }}
      rowId={nameOf}
      rowName={nameOf}
      textOf={textOf}
      onOpen={(project) => {
        navigate(projectPath(project.name));
      }}
      menu={projectMenu}
      primary={rows.length === 0 && list.status === 'ready' ? undefined : open}
      empty={
        <EmptyState picture={<Boxes size={44} strokeWidth={1.5} />} title={texts.emptyTitle} actions={open}>
          {texts.emptyText}
        </EmptyState>
      }
    />
  );
}
