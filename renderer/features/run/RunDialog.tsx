import { ChevronRight, Plus, X } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ContainerDetails } from '../../../runtime/contract/contract.ts';
import { runFlag } from '../../../runtime/contract/run-flags.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { closeDialog, openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { imageReference, images as imageList } from '../../data/images.ts';
import { networks } from '../../data/networks.ts';
import { useResource } from '../../data/resource.ts';
import { showToast } from '../../data/toasts.ts';
import { common } from '../../strings/common.ts';
import { run as texts } from '../../strings/run.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox, Select, TextField } from '../../ui/Field.tsx';
import { asRunCommand } from '../details/run-command.ts';
import { CommandBox } from './CommandBox.tsx';
import { FLAG_NAMES, fromCommandLine } from './command-line.ts';
import { initialRunForm, toRunSpec, type RunErrors, type RunForm } from './run-form.ts';
import css from './RunDialog.module.css';

interface ListProps<Entry> {
  readonly title: string;
  readonly entries: readonly Entry[];
  readonly empty: Entry;
  readonly addLabel: string;
  readonly errors: RunErrors;
  readonly field: string;
  readonly onChange: (entries: readonly Entry[]) => void;
  readonly children: (entry: Entry, change: (patch: Partial<Entry>) => void, index: number) => ReactNode;
}

/** Rows of the same fields, to be added and taken away. */
function ListEditor<Entry extends object>(props: ListProps<Entry>) {
  const { title, entries, empty, addLabel, errors, field, onChange, children } = props;
  return (
    <fieldset className={css['list']}>
      <legend>{title}</legend>
      {entries.map((entry, index) => {
        const error = errors[`${field}.${String(index)}`];
        return (
          // The rows have no identity but their place.
          <div key={index}>
            <div className={css['entry']}>
              {children(
                entry,
                (patch) => {
                  onChange(entries.map((one, at) => (at === index ? { ...one, ...patch } : one)));
                },
                index,
              )}
              <IconButton
                label={texts.removeEntry(title, index + 1)}
                icon={<X size={14} />}
                onClick={() => {
                  onChange(entries.filter((_, at) => at !== index));
                }}
              />
            </div>
            {error !== undefined && <p className={css['error']}>{error}</p>}
          </div>
        );
      })}
      <Button
        size="small"
        variant="quiet"
        icon={<Plus size={14} />}
        onClick={() => {
          onChange([...entries, empty]);
        }}
      >
        {addLabel}
      </Button>
    </fieldset>
  );
}

/** Runs a container: the common choices at once, the others one click away. */
export default function RunDialog({ image, replace }: { readonly image: string; readonly replace?: string }) {
  const images = imageList.use((state) => state.rows);
  const references = images.filter((row) => row.tag !== '').map(imageReference);
  const [form, setForm] = useState<RunForm>(() => initialRunForm(image === '' ? (references[0] ?? '') : image));
  const [errors, setErrors] = useState<RunErrors>({});
  const [failure, setFailure] = useState<BridgeError | null>(null);
  const [busy, setBusy] = useState(false);
  const [more, setMore] = useState(false);
  const [replaced, setReplaced] = useState<ContainerDetails | null>(null);
  const { rows: networkRows } = useResource(networks);
  const networkOptions = [
    { value: 'default', label: texts.networks.default },
    { value: 'none', label: texts.networks.none },
    { value: 'host', label: texts.networks.host },
    ...networkRows.filter(({ builtIn }) => !builtIn).map(({ name }) => ({ value: name, label: name })),
  ];
  if (!networkOptions.some(({ value }) => value === form.network)) {
    networkOptions.push({ value: form.network, label: form.network });
  }
  useEffect(() => {
    if (replace === undefined) return;
    drop(
      call('containers.inspect', { id: replace }).then(
        (details) => {
          setReplaced(details);
          const parsed = fromCommandLine(asRunCommand(details));
          if ('form' in parsed) setForm(parsed.form);
        },
        (error: unknown) => {
          setFailure(BridgeError.from(error));
        },
      ),
    );
  }, [replace]);
  const set = (patch: Partial<RunForm>) => {
    setForm((before) => ({ ...before, ...patch }));
    setFailure(null);
  };

  const run = async () => {
    const result = toRunSpec(form);
    if ('errors' in result) {
      setErrors(result.errors);
      if (
        ['memory', 'cpus', 'pids', 'restartPolicy', 'env'].some((field) =>
          Object.keys(result.errors).some((key) => key.startsWith(field)),
        )
      )
        setMore(true);
      return;
    }
    setErrors({});
    setBusy(true);
    try {
      if (replaced !== null) {
        const made = await call('containers.replace', { id: replaced.id, spec: result.spec });
        closeDialog();
        navigate(`/containers/${made.id}/overview`);
        return;
      }
      const { id, warnings } = await call('containers.create', result.spec);
      try {
        await call('containers.start', { id });
      } catch (error) {
        // What was never started is of no use to anybody.
        await call('containers.remove', { id, force: true, volumes: true }).catch(() => {});
        throw error;
      }
      closeDialog();
      if (warnings.length > 0) showToast({ title: texts.warning, details: warnings });
      navigate(`/containers/${id}/${form.tty ? 'terminal' : 'logs'}`);
    } catch (error) {
      setFailure(BridgeError.from(error));
    } finally {
      setBusy(false);
    }
  };
  const missing = failure?.code === 'not-found' && /image/i.test(failure.message);

  return (
    <Dialog
      open
      wide
      onClose={closeDialog}
      title={replaced === null ? texts.title : texts.editTitle(replaced.name)}
      {...(replaced === null ? {} : { description: texts.editText })}
      onPrimary={() => {
        drop(run());
      }}
      footer={
        <>
          {failure !== null && (
            <p className={css['failure']} role="alert">
              {failure.message} {failure.hint}
            </p>
          )}
          {missing && (
            <Button
              onClick={() => {
                openDialog({ kind: 'pull', reference: form.image });
              }}
            >
              {texts.pullIt}
            </Button>
          )}
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button
            variant="primary"
            disabled={busy}
            title="Ctrl+Enter"
            onClick={() => {
              drop(run());
            }}
          >
            {busy ? texts.starting : replaced === null ? texts.run : texts.apply}
          </Button>
        </>
      }
    >
      <div className={css['form']}>
        <div className={css['two']}>
          <TextField
            label={texts.image}
            mono
            autoFocus={image === ''}
            placeholder="alpine:3.22"
            list={references}
            value={form.image}
            error={errors['image']}
            onChange={(value) => {
              set({ image: value });
            }}
          />
          <TextField
            label={common.name}
            autoFocus={image !== ''}
            placeholder={texts.nameHint}
            value={form.name}
            error={errors['name']}
            onChange={(value) => {
              set({ name: value });
            }}
          />
        </div>
        <TextField
          label={texts.commandField}
          mono
          placeholder={texts.fromImage}
          value={form.command}
          error={errors['command']}
          onChange={(value) => {
            set({ command: value });
          }}
        />
        <ListEditor
          title={texts.ports}
          field="ports"
          addLabel={texts.addPort}
          errors={errors}
          entries={form.ports}
          empty={{ host: '', container: '', protocol: 'tcp' as const }}
          onChange={(ports) => {
            set({ ports });
          }}
        >
          {(entry, change, index) => (
            <>
              <TextField
                inline
                label={texts.hostPort(index + 1)}
                placeholder={texts.hostPortHint}
                value={entry.host}
                onChange={(host) => {
                  change({ host });
                }}
              />
              <span aria-hidden>→</span>
              <TextField
                inline
                label={texts.containerPort(index + 1)}
                placeholder={texts.containerPortHint}
                value={entry.container}
                onChange={(container) => {
                  change({ container });
                }}
              />
              <div className={css['narrow']}>
                <Select
                  inline
                  label={texts.protocol(index + 1)}
                  value={entry.protocol}
                  options={[
                    { value: 'tcp', label: 'tcp' },
                    { value: 'udp', label: 'udp' },
                  ]}
                  onChange={(value) => {
                    change({ protocol: value === 'udp' ? 'udp' : 'tcp' });
                  }}
                />
              </div>
            </>
          )}
        </ListEditor>
        <ListEditor
          title={texts.volumes}
          field="volumes"
          addLabel={texts.addVolume}
          errors={errors}
          entries={form.volumes}
          empty={{ source: '', destination: '', readOnly: false }}
          onChange={(volumes) => {
            set({ volumes });
          }}
        >
          {(entry, change, index) => (
            <>
              <TextField
                inline
                mono
                label={texts.source(index + 1)}
                placeholder={texts.sourceHint}
                value={entry.source}
                onChange={(source) => {
                  change({ source });
                }}
              />
              <span aria-hidden>→</span>
              <TextField
                inline
                mono
                label={texts.destination(index + 1)}
                placeholder={texts.destinationHint}
                value={entry.destination}
                onChange={(destination) => {
                  change({ destination });
                }}
              />
              <Checkbox
                label={texts.readOnly}
                checked={entry.readOnly}
                onChange={(readOnly) => {
                  change({ readOnly });
                }}
              />
            </>
          )}
        </ListEditor>
        <ListEditor
          title={texts.environment}
          field="env"
          addLabel={texts.addVariable}
          errors={errors}
          entries={form.env}
          empty={{ name: '', value: '' }}
          onChange={(env) => {
            set({ env });
          }}
        >
          {(entry, change, index) => (
            <>
              <TextField
                inline
                mono
                label={texts.variable(index + 1)}
                placeholder="NAME"
                value={entry.name}
                onChange={(name) => {
                  change({ name });
                }}
              />
              <span aria-hidden>=</span>
              <TextField
                inline
                mono
                label={texts.value(index + 1)}
                placeholder={texts.valueHint}
                value={entry.value}
                onChange={(value) => {
                  change({ value });
                }}
              />
            </>
          )}
        </ListEditor>
        <div className={css['checks']}>
          <Checkbox
            label={texts.terminal}
            hint={texts.terminalHint}
            checked={form.tty}
            onChange={(tty) => {
              set({ tty });
            }}
          />
          <Checkbox
            label={texts.autoRemove}
            hint={texts.autoRemoveHint}
            checked={form.autoRemove}
            onChange={(autoRemove) => {
              set({ autoRemove });
            }}
          />
        </div>
        <button
          type="button"
          className={css['more']}
          aria-expanded={more}
          onClick={() => {
            setMore(!more);
          }}
        >
          <ChevronRight size={15} aria-hidden />
          {texts.limits}
        </button>
        {more && (
          <div className={css['three']}>
            <TextField
              label={texts.memory}
              placeholder={texts.noLimit}
              hint="512m, 2g"
              value={form.memory}
              error={errors['memory']}
              onChange={(memory) => {
                set({ memory });
              }}
            />
            <TextField
              label={texts.processors}
              placeholder={texts.noLimit}
              hint="1.5"
              value={form.cpus}
              error={errors['cpus']}
              onChange={(cpus) => {
                set({ cpus });
              }}
            />
            <TextField
              label={texts.processes}
              placeholder={texts.noLimit}
              hint="100"
              value={form.pids}
              error={errors['pids']}
              onChange={(pids) => {
                set({ pids });
              }}
            />
            <Select
              label={texts.restart}
              value={form.restartPolicy}
              error={errors['restartPolicy']}
              options={[
                { value: 'no', label: texts.restarts.no },
                { value: 'on-failure', label: texts.restarts.failure },
                { value: 'unless-stopped', label: texts.restarts.unless },
                { value: 'always', label: texts.restarts.always },
              ]}
              onChange={(value) => {
                set({ restartPolicy: value as RunForm['restartPolicy'] });
              }}
            />
            <Select
              label={texts.network}
              value={form.network}
              options={networkOptions}
              onChange={(network) => {
                set({ network });
              }}
            />
            <TextField
              label={texts.user}
              placeholder={texts.fromImage}
              value={form.user}
              onChange={(user) => {
                set({ user });
              }}
            />
            <TextField
              label={texts.entrypoint}
              mono
              placeholder={texts.fromImage}
              value={form.entrypoint}
              error={errors['entrypoint']}
              onChange={(entrypoint) => {
                set({ entrypoint });
              }}
            />
            <TextField
              label={texts.workingDir}
              mono
              placeholder={texts.fromImage}
              value={form.workingDir}
              onChange={(workingDir) => {
                set({ workingDir });
              }}
            />
          </div>
        )}
        <ListEditor
          title={texts.more}
          field="more"
          addLabel={texts.addMore}
          errors={errors}
          entries={form.more}
          empty={{ flag: 'label', value: '' }}
          onChange={(further) => {
            set({ more: further });
          }}
        >
          {(entry, change, index) => (
            <>
              <Select
                inline
                label={texts.option(index + 1)}
                value={entry.flag}
                options={FLAG_NAMES.map((name) => ({ value: name, label: `--${name}` }))}
                onChange={(flag) => {
                  change({ flag, ...(runFlag(flag)?.kind === 'switch' ? { value: '' } : {}) });
                }}
              />
              {runFlag(entry.flag)?.kind !== 'switch' && (
                <TextField
                  inline
                  mono
                  label={texts.optionValue(index + 1)}
                  placeholder={runFlag(entry.flag)?.example ?? ''}
                  value={entry.value}
                  onChange={(value) => {
                    change({ value });
                  }}
                />
              )}
            </>
          )}
        </ListEditor>
        <CommandBox form={form} onForm={set} />
      </div>
    </Dialog>
  );
}
