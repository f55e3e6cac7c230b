import { Cable, Copy, ExternalLink, SlidersHorizontal } from 'lucide-react';
import { useMemo } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { refetch, useContainers } from '../../data/containers.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { openExternal } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';
import { containers as containerTexts } from '../../strings/containers.ts';
import { networks as texts } from '../../strings/networks.ts';
import type { Column } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import type { MenuEntry } from '../../ui/Menu.tsx';
import { StateDot } from '../../ui/StateDot.tsx';
import { copyWithToast } from '../containers/copy.ts';
import { describeState, portUrl } from '../containers/model.ts';
import { ListScreen } from '../lists/ListScreen.tsx';
import { actionsColumn, RowActions, RowButton } from '../lists/RowActions.tsx';
import css from './NetworksView.module.css';
import { NetworkViews } from './NetworkViews.tsx';
import { isAnywhere, publishedPorts, type PublishedPort } from './published-ports.ts';

const SIZE = 15;
const rowId = ({ key }: PublishedPort) => key;
const rowName = ({ address, container }: PublishedPort) => texts.portOf(address, container.name);
const textOf = ({ address, port, container }: PublishedPort) =>
  `${address} ${port.protocol} ${String(port.containerPort)} ${container.name} ${container.image}`;

function portMenu(row: PublishedPort): MenuEntry[] {
  const url = portUrl(row.port);
  return [
    ...(url === null
      ? []
      : [
          {
            id: 'visit',
            label: containerTexts.words.visit,
            icon: <ExternalLink size={SIZE} />,
            run: () => {
              openExternal(url);
            },
          },
        ]),
    {
      id: 'copy',
      label: texts.copyAddress,
      icon: <Copy size={SIZE} />,
      run: () => {
        copyWithToast(row.address, common.copied);
      },
    },
    {
      id: 'change',
      label: texts.changePorts,
      icon: <SlidersHorizontal size={SIZE} />,
      run: () => {
        openDialog({ kind: 'run', image: '', replace: row.container.id });
      },
    },
  ];
}

const COLUMNS: readonly Column<PublishedPort>[] = [
  {
    id: 'port',
    header: texts.hostPort,
    width: 'minmax(110px, 150px)',
    sortBy: ({ port }) => port.hostPort,
    cell: ({ port }) => (
      <span className={css['name']}>
        {port.hostPort}
        <span className={css['dim']}>/{port.protocol}</span>
      </span>
    ),
  },
  {
    id: 'address',
    header: texts.address,
    width: 'minmax(120px, 1fr)',
    sortBy: ({ port }) => port.hostIp,
    cell: ({ port }) =>
      isAnywhere(port) ? (
        <span className={css['dim']}>{texts.anywhere}</span>
      ) : (
        <code className={css['code']}>{port.hostIp}</code>
      ),
  },
  {
    id: 'container',
    header: texts.container,
    width: 'minmax(130px, 1.6fr)',
    sortBy: ({ container }) => container.name,
    cell: ({ container, port }) => (
      <span>
        <span className={css['name']}>{container.name}</span>
        <span className={css['dim']}> :{port.containerPort}</span>
      </span>
    ),
  },
  {
    id: 'state',
    header: containerTexts.state,
    width: '130px',
    minTableWidth: 640,
    sortBy: ({ container }) => container.state,
    cell: ({ container }) => <StateDot {...describeState(container, undefined)} />,
  },
  actionsColumn('110px', (row) => {
    const url = portUrl(row.port);
    return (
      <RowActions menu={{ name: rowName(row), entries: () => portMenu(row) }}>
        {url !== null && (
          <RowButton
            label={containerTexts.openUrl(url)}
            icon={<ExternalLink size={SIZE} />}
            onClick={() => {
              openExternal(url);
            }}
          />
        )}
        <RowButton
          label={`${texts.copyAddress} ${row.address}`}
          icon={<Copy size={SIZE} />}
          onClick={() => {
            copyWithToast(row.address, common.copied);
          }}
        />
      </RowActions>
    );
  }),
];

/** Every port of the host that leads into a container, and into which. */
export default function PortsView() {
  const { byId, status, error } = useContainers();
  const rows = useMemo(() => publishedPorts(byId.values()), [byId]);
  return (
    <ListScreen
      id="ports"
      title={texts.title}
      note={texts.portCount(rows.length)}
      filterLabel={texts.filterPorts}
      noneMatches={texts.noPortMatches}
      rows={rows}
      source={{
        status,
        error,
        onRetry: () => {
          drop(refetch());
        },
      }}
      columns={COLUMNS}
      defaultSort={{ column: 'port', descending: false }}
      rowId={rowId}
      rowName={rowName}
      textOf={textOf}
      onOpen={({ container }) => {
        navigate(`/containers/${container.id}/overview`);
      }}
      menu={portMenu}
      tools={<NetworkViews current="ports" />}
      empty={
        <EmptyState picture={<Cable size={44} strokeWidth={1.5} />} title={texts.noPorts}>
          {texts.noPortsText}
        </EmptyState>
      }
    />
  );
}
