import { Cable, Unplug } from 'lucide-react';
import { Link, useParams } from 'wouter';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { networks } from '../../data/networks.ts';
import { useResource } from '../../data/resource.ts';
import { common } from '../../strings/common.ts';
import { containers as containerTexts } from '../../strings/containers.ts';
import { networks as texts } from '../../strings/networks.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatTime } from '../../ui/format.ts';
import { ScreenMenu } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { Facts, PairsSection, Section } from '../../ui/Section.tsx';
import { StateDot, type Tone } from '../../ui/StateDot.tsx';
import { BackButton, GonePage } from '../lists/Detail.tsx';
import { disconnect, networkMenu } from './actions.tsx';
import css from './NetworksView.module.css';
import { memberState, type MemberState } from './topology.ts';

const TONES: Readonly<Record<MemberState, Tone>> = { running: 'good', paused: 'warn', stopped: 'idle' };
const STATES: Readonly<Record<MemberState, string>> = {
  running: containerTexts.states.running,
  paused: containerTexts.states.paused,
  stopped: containerTexts.states.exited,
};

/** One network: who is in it, and what it is. */
export default function NetworkView() {
  const { id } = useParams<{ id: string }>();
  const { rows, status } = useResource(networks);
  const network = rows.find((one) => one.id === id || one.name === id);
  if (network === undefined)
    return <GonePage title={texts.one} list="/networks" texts={texts} known={status === 'ready'} />;
  // Who is in these was decided when the container was made.
  const fixed = network.name === 'host' || network.name === 'none';
  return (
    <Page
      title={network.name}
      before={<BackButton label={texts.back} to="/networks" />}
      note={
        <>
          <span>{network.driver}</span>
          <span>{texts.memberCount(network.members.length)}</span>
        </>
      }
      actions={
        <>
          {!fixed && (
            <Button
              icon={<Cable size={15} />}
              onClick={() => {
                openDialog({ kind: 'network-connect', id: network.id, name: network.name });
              }}
            >
              {texts.connect}
            </Button>
          )}
          <ScreenMenu entries={() => networkMenu(network)} />
        </>
      }
    >
      <div className={css['content']}>
        <Section title={texts.members}>
          {network.members.length === 0 ? (
            <EmptyState title={texts.nobody}>{texts.nobodyText}</EmptyState>
          ) : (
            <table className={css['members']}>
              <thead>
                <tr>
                  <th scope="col">{containerTexts.state}</th>
                  <th scope="col">{common.name}</th>
                  <th scope="col">{texts.address}</th>
                  <th scope="col">{texts.mac}</th>
                  <th scope="col">
                    <span className="visually-hidden">{common.actions}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {network.members.map((member) => (
                  <tr key={member.id}>
                    <td>
                      <StateDot tone={TONES[memberState(member)]} text={STATES[memberState(member)]} />
                    </td>
                    <th scope="row">
                      <Link href={`/containers/${member.id}/overview`}>{member.name}</Link>
                    </th>
                    <td>
                      <code className={css['code']}>{[member.ipv4, member.ipv6].filter(Boolean).join(', ')}</code>
                    </td>
                    <td>
                      <code className={css['code']}>{member.mac}</code>
                    </td>
                    <td>
                      {!fixed && (
                        <IconButton
                          label={texts.disconnectName(member.name)}
                          icon={<Unplug size={15} />}
                          onClick={() => {
                            drop(disconnect(network, member));
                          }}
                        />
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Section>
        <div className={css['side']}>
          <Section title={texts.about}>
            <Facts
              facts={[
                ['Id', <code key="id">{network.id.slice(0, 12)}</code>],
                [texts.scope, network.scope],
                ...network.subnets.flatMap(({ subnet, gateway }) => [
                  [texts.subnet, <code key={subnet}>{subnet}</code>] as const,
                  [texts.gateway, gateway === '' ? '' : <code key={gateway}>{gateway}</code>] as const,
                ]),
                [texts.internal, network.internal ? common.yes : common.no],
                [texts.ipv6, network.ipv6 ? common.yes : common.no],
                [common.created, network.createdAt === 0 ? '' : formatTime(network.createdAt)],
              ]}
            />
          </Section>
          <PairsSection title={common.labels} pairs={network.labels} />
          <PairsSection title={texts.options} pairs={network.options} />
        </div>
      </div>
    </Page>
  );
}
