import { useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { call } from '../../data/connection.ts';
import { useContainers } from '../../data/containers.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { networks } from '../../data/networks.ts';
import { showToast } from '../../data/toasts.ts';
import { useAttempt } from '../../data/use-attempt.ts';
import { common } from '../../strings/common.ts';
import { networks as texts } from '../../strings/networks.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox, Select, TextField } from '../../ui/Field.tsx';
import css from './NetworksView.module.css';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Makes a network. */
export function NetworkCreateDialog() {
  const [name, setName] = useState('');
  const [driver, setDriver] = useState('bridge');
  const [subnet, setSubnet] = useState('');
  const [gateway, setGateway] = useState('');
  const [internal, setInternal] = useState(false);
  const [ipv6, setIpv6] = useState(false);
  const { busy, failure, attempt, forget } = useAttempt();
  const valid = NAME.test(name);
  const create = () => {
    if (!valid) return;
    attempt(async (signal) => {
      const wanted = {
        name,
        driver,
        internal,
        ipv6,
        ...(subnet === '' ? {} : { subnet }),
        ...(gateway === '' ? {} : { gateway }),
        labels: {},
      };
      const { id, warning } = await call('networks.create', wanted, { signal });
      if (warning !== '') showToast({ title: warning });
      await networks.refetch();
      closeDialog();
      navigate(`/networks/${id}`);
    });
  };
  return (
    <Dialog
      open
      title={texts.create}
      description={texts.createText}
      onClose={closeDialog}
      onPrimary={create}
      failure={failure}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button variant="primary" disabled={!valid} busy={busy} onClick={create}>
            {common.create}
          </Button>
        </>
      }
    >
      <div className={css['form']}>
        <div className={css['two']}>
          <TextField
            label={common.name}
            mono
            autoFocus
            value={name}
            onChange={(value) => {
              setName(value.trim());
              forget();
            }}
            error={name === '' || valid ? undefined : texts.nameError}
          />
          <Select
            label={texts.driver}
            value={driver}
            onChange={setDriver}
            options={['bridge', 'macvlan', 'ipvlan'].map((value) => ({ value, label: value }))}
          />
        </div>
        <div className={css['two']}>
          <TextField label={texts.subnet} mono value={subnet} onChange={setSubnet} hint={texts.subnetHint} />
          <TextField label={texts.gateway} mono value={gateway} onChange={setGateway} hint={texts.gatewayHint} />
        </div>
        <div className={css['two']}>
          <Checkbox label={texts.internal} hint={texts.internalHint} checked={internal} onChange={setInternal} />
          <Checkbox label={texts.ipv6} checked={ipv6} onChange={setIpv6} />
        </div>
      </div>
    </Dialog>
  );
}

/** Puts a container into a network. */
export function NetworkConnectDialog({ id, name }: { readonly id: string; readonly name: string }) {
  const all = useContainers((state) => state.byId);
  const network = networks.use((state) => state.rows.find((one) => one.id === id));
  const inside = new Set(network?.members.map((member) => member.id));
  const candidates = [...all.values()]
    .filter((container) => !inside.has(container.id))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const [chosen, setChosen] = useState('');
  const [aliases, setAliases] = useState('');
  const [address, setAddress] = useState('');
  const { busy, failure, attempt } = useAttempt();
  const containerId = chosen === '' ? (candidates[0]?.id ?? '') : chosen;
  const connect = () => {
    if (containerId === '') return;
    attempt(async (signal) => {
      const wanted = {
        id,
        containerId,
        aliases: aliases.split(/\s+/).filter(Boolean),
        ...(address === '' ? {} : { ipv4: address }),
      };
      await call('networks.connect', wanted, { signal });
      closeDialog();
      await networks.refetch();
    });
  };
  return (
    <Dialog
      open
      title={texts.connectTitle(name)}
      onClose={closeDialog}
      onPrimary={connect}
      failure={failure}
      {...(candidates.length === 0 ? { description: texts.nobodyLeft } : {})}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button variant="primary" disabled={containerId === ''} busy={busy} onClick={connect}>
            {texts.connectAction}
          </Button>
        </>
      }
    >
      <div className={css['form']}>
        <Select
          label={texts.container}
          value={containerId}
          onChange={setChosen}
          options={candidates.map((container) => ({ value: container.id, label: container.name }))}
        />
        <div className={css['two']}>
          <TextField label={texts.aliases} mono value={aliases} onChange={setAliases} hint={texts.aliasesHint} />
          <TextField label={texts.address} mono value={address} onChange={setAddress} hint={texts.addressHint} />
        </div>
      </div>
    </Dialog>
  );
}
