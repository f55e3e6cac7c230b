import { Cable, Copy, Info, Trash2 } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import type { NetworkMember, NetworkSummary } from '../../../runtime/contract/networks.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { networks } from '../../data/networks.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { copyText } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';
import { networks as texts } from '../../strings/networks.ts';
import { confirm } from '../../ui/confirm.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';

/** Asks, and removes networks that nobody is in and that are not the engine's own. */
export async function removeNetworks(chosen: readonly NetworkSummary[]): Promise<void> {
  const [first] = chosen;
  if (first === undefined) return;
  const own = chosen.find(({ builtIn }) => builtIn);
  const used = chosen.find(({ members }) => members.some(({ running }) => running));
  if (own !== undefined) {
    showError(texts.notRemoved(own.name), new BridgeError('invalid', texts.builtInText));
    return;
  }
  if (used !== undefined) {
    const users = used.members.map(({ name }) => name).join(', ');
    showError(texts.inUse(used.name), new BridgeError('in-use', texts.inUseText(users)));
    return;
  }
  const what = chosen.length === 1 ? common.quoted(first.name) : common.networks(chosen.length);
  if (!(await confirm({ title: common.removeQuestion(what), body: common.cannotUndo, action: common.remove }))) return;
  const failures: BridgeError[] = [];
  for (const { id } of chosen) {
    try {
      await call('networks.remove', { id });
    } catch (error) {
      failures.push(BridgeError.from(error));
    }
  }
  await networks.refetch();
  if (failures.length > 0) showError(texts.notRemoved(common.networks(failures.length)), failures[0]);
  else showToast({ tone: 'good', title: common.removed(what), lifetimeMs: 3000 });
}

/** Takes a container out of a network; `Undo` puts it back. */
export async function disconnect(network: NetworkSummary, member: NetworkMember): Promise<void> {
  try {
    await call('networks.disconnect', { id: network.id, containerId: member.id, force: false });
    showToast({
      title: texts.disconnected(member.name, network.name),
      actions: [
        {
          label: common.undo,
          run: () => {
            drop(
              call('networks.connect', { id: network.id, containerId: member.id, aliases: [] }).catch(
                (error: unknown) => {
                  showError(texts.notConnected, error);
                },
              ),
            );
          },
        },
      ],
    });
  } catch (error) {
    showError(texts.notDisconnected(member.name), error);
  }
  await networks.refetch();
}

/** What can be done with a network, as lines of a menu. */
export function networkMenu(network: NetworkSummary): MenuEntry[] {
  const size = 15;
  return [
    {
      id: 'open',
      label: texts.about,
      icon: <Info size={size} />,
      keys: 'Enter',
      run: () => {
        navigate(`/networks/${network.id}`);
      },
    },
    {
      id: 'connect',
      label: texts.connect,
      icon: <Cable size={size} />,
      disabled: network.name === 'host' || network.name === 'none',
      run: () => {
        openDialog({ kind: 'network-connect', id: network.id, name: network.name });
      },
    },
    {
      id: 'copy',
      label: common.copy,
      icon: <Copy size={size} />,
      run: () => {
        drop(copyText(network.id));
      },
    },
    'separator',
    {
      id: 'remove',
      label: common.remove,
      icon: <Trash2 size={size} />,
      keys: 'Del',
      danger: true,
      disabled: network.builtIn,
      run: () => {
        drop(removeNetworks([network]));
      },
    },
  ];
}
