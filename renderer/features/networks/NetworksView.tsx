import { Network, Plus, Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { navigate } from 'wouter/use-hash-location';
import type { NetworkSummary } from '../../../runtime/contract/networks.ts';
import { drop } from '../../data/drop.ts';
import { networks } from '../../data/networks.ts';
import { useResource } from '../../data/resource.ts';
import { common } from '../../strings/common.ts';
import { networks as texts } from '../../strings/networks.ts';
import type { Column } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { DialogButton } from '../lists/DialogButton.tsx';
import { ListScreen } from '../lists/ListScreen.tsx';
import { actionsColumn, RowActions, RowButton } from '../lists/RowActions.tsx';
import { networkMenu, removeNetworks } from './actions.tsx';
import css from './NetworksView.module.css';
import { NetworkViews } from './NetworkViews.tsx';
import { TopologyView } from './TopologyView.tsx';
import { NETWORK_VIEWS } from './view-paths.ts';

const rowId = (network: NetworkSummary) => network.id;
const rowName = (network: NetworkSummary) => network.name;
const textOf = (network: NetworkSummary) =>
  [
    network.name,
    network.id,
    network.driver,
    ...network.subnets.map(({ subnet }) => subnet),
    ...network.members.map(({ name }) => name),
  ].join(' ');

const COLUMNS: readonly Column<NetworkSummary>[] = [
  {
    id: 'name',
    header: common.name,
    width: 'minmax(150px, 1.4fr)',
    sortBy: (network) => network.name,
    cell: (network) => (
      <span>
        <span className={css['name']}>{network.name}</span>
        {network.builtIn && <span className={css['tag']}>{texts.builtIn}</span>}
        {network.internal && <span className={css['tag']}>{texts.internal.toLowerCase()}</span>}
      </span>
    ),
  },
  {
    id: 'members',
    header: texts.members,
    width: 'minmax(140px, 2fr)',
    sortBy: (network) => -network.members.length,
    cell: (network) =>
      network.members.length === 0 ? (
        <span className={css['dim']}>{texts.memberCount(0)}</span>
      ) : (
        <span title={network.members.map(({ name }) => name).join(', ')}>
          {network.members.map(({ name }) => name).join(', ')}
        </span>
      ),
  },
  {
    id: 'driver',
    header: texts.driver,
    width: '90px',
    sortBy: (network) => network.driver,
    cell: (network) => <span className={css['dim']}>{network.driver}</span>,
  },
  {
    id: 'subnet',
    header: texts.subnet,
    width: '150px',
    minTableWidth: 700,
    sortBy: (network) => network.subnets[0]?.subnet ?? '\uffff',
    cell: (network) => <code className={css['code']}>{network.subnets.map(({ subnet }) => subnet).join(', ')}</code>,
  },
  actionsColumn('70px', (network) => (
    <RowActions menu={{ name: network.name, entries: () => networkMenu(network) }}>
      {!network.builtIn && (
        <RowButton
          danger
          label={`${common.remove} ${network.name}`}
          icon={<Trash2 size={15} />}
          onClick={() => {
            drop(removeNetworks([network]));
          }}
        />
      )}
    </RowActions>
  )),
];

/** Networks, as a list or as a picture. */
export default function NetworksView() {
  const list = useResource(networks);
  const { rows } = list;
  const [location] = useLocation();
  const picture = location === NETWORK_VIEWS.picture;
  const used = useMemo(() => rows.filter(({ members }) => members.length > 0).length, [rows]);
  return (
    <ListScreen
      id="networks"
      title={texts.title}
      note={`${common.networks(rows.length)}, ${String(used)} ${common.inUse.toLowerCase()}`}
      filterLabel={texts.filter}
      noneMatches={texts.noneMatches}
      rows={rows}
      source={list}
      columns={COLUMNS}
      defaultSort={{ column: 'name', descending: false }}
      rowId={rowId}
      rowName={rowName}
      textOf={textOf}
      onOpen={(network) => {
        navigate(`/networks/${network.id}`);
      }}
      menu={networkMenu}
      onRemove={(chosen) => {
        drop(removeNetworks(chosen));
      }}
      tools={<NetworkViews current={picture ? 'picture' : 'list'} />}
      primary={
        <DialogButton icon={<Plus size={15} />} request={{ kind: 'network-create' }}>
          {texts.create}
        </DialogButton>
      }
      empty={
        <EmptyState picture={<Network size={44} strokeWidth={1.5} />} title={texts.emptyTitle}>
          {texts.emptyText}
        </EmptyState>
      }
      instead={picture ? (shown) => <TopologyView networks={shown} /> : undefined}
    />
  );
}
