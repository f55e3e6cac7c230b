import { ChevronRight, Plus, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { closeDialog, openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { imageReference, useImages } from '../../data/images.ts';
import { showToast } from '../../data/toasts.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox, Select, TextField } from '../../ui/Field.tsx';
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
                label={`Remove ${title.toLowerCase()} ${String(index + 1)}`}
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
export function RunDialog({ image }: { readonly image: string }) {
  const images = useImages((state) => state.rows);
  const references = images.filter((row) => row.tag !== '').map(imageReference);
  const [form, setForm] = useState<RunForm>(() => initialRunForm(image === '' ? (references[0] ?? '') : image));
  const [errors, setErrors] = useState<RunErrors>({});
  const [failure, setFailure] = useState<BridgeError | null>(null);
  const [busy, setBusy] = useState(false);
  const [more, setMore] = useState(false);
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
      const { id, warnings } = await call('containers.create', result.spec);
      try {
        await call('containers.start', { id });
      } catch (error) {
        // What was never started is of no use to anybody.
        await call('containers.remove', { id, force: true, volumes: true }).catch(() => {});
        throw error;
      }
      closeDialog();
      if (warnings.length > 0) showToast({ title: 'Started with a warning', details: warnings });
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
      title="Run a container"
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
              Pull it
            </Button>
          )}
          <Button onClick={closeDialog}>Cancel</Button>
          <Button
            variant="primary"
            disabled={busy}
            title="Ctrl+Enter"
            onClick={() => {
              drop(run());
            }}
          >
            {busy ? 'Starting…' : 'Run'}
          </Button>
        </>
      }
    >
      <div className={css['form']}>
        <div className={css['two']}>
          <TextField
            label="Image"
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
            label="Name"
            autoFocus={image !== ''}
            placeholder="a name is made up"
            value={form.name}
            error={errors['name']}
            onChange={(value) => {
              set({ name: value });
            }}
          />
        </div>
        <TextField
          label="Command"
          mono
          placeholder="what the image says"
          value={form.command}
          error={errors['command']}
          onChange={(value) => {
            set({ command: value });
          }}
        />
        <ListEditor
          title="Ports"
          field="ports"
          addLabel="Publish a port"
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
                label={`Host port ${String(index + 1)}`}
                placeholder="host port, empty: any"
                value={entry.host}
                onChange={(host) => {
                  change({ host });
                }}
              />
              <span aria-hidden>→</span>
              <TextField
                inline
                label={`Container port ${String(index + 1)}`}
                placeholder="container port"
                value={entry.container}
                onChange={(container) => {
                  change({ container });
                }}
              />
              <div className={css['narrow']}>
                <Select
                  inline
                  label={`Protocol ${String(index + 1)}`}
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
          title="Volumes"
          field="volumes"
          addLabel="Mount a folder or volume"
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
                label={`Folder or volume ${String(index + 1)}`}
                placeholder="/folder or volume"
                value={entry.source}
                onChange={(source) => {
                  change({ source });
                }}
              />
              <span aria-hidden>→</span>
              <TextField
                inline
                mono
                label={`Path in the container ${String(index + 1)}`}
                placeholder="/path inside"
                value={entry.destination}
                onChange={(destination) => {
                  change({ destination });
                }}
              />
              <Checkbox
                label="read-only"
                checked={entry.readOnly}
                onChange={(readOnly) => {
                  change({ readOnly });
                }}
              />
            </>
          )}
        </ListEditor>
        <ListEditor
          title="Environment"
          field="env"
          addLabel="Set a variable"
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
                label={`Variable name ${String(index + 1)}`}
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
                label={`Variable value ${String(index + 1)}`}
                placeholder="value"
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
            label="Terminal"
            hint="For shells and other interactive programs"
            checked={form.tty}
            onChange={(tty) => {
              set({ tty });
            }}
          />
          <Checkbox
            label="Remove when it exits"
            hint="It leaves nothing behind"
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
          Limits, network, restart and user
        </button>
        {more && (
          <div className={css['three']}>
            <TextField
              label="Memory"
              placeholder="no limit"
              hint="512m, 2g"
              value={form.memory}
              error={errors['memory']}
              onChange={(memory) => {
                set({ memory });
              }}
            />
            <TextField
              label="Processors"
              placeholder="no limit"
              hint="1.5"
              value={form.cpus}
              error={errors['cpus']}
              onChange={(cpus) => {
                set({ cpus });
              }}
            />
            <TextField
              label="Processes"
              placeholder="no limit"
              hint="100"
              value={form.pids}
              error={errors['pids']}
              onChange={(pids) => {
                set({ pids });
              }}
            />
            <Select
              label="Restart"
              value={form.restartPolicy}
              error={errors['restartPolicy']}
              options={[
                { value: 'no', label: 'never' },
                { value: 'on-failure', label: 'when it fails' },
                { value: 'unless-stopped', label: 'unless stopped' },
                { value: 'always', label: 'always' },
              ]}
              onChange={(value) => {
                set({ restartPolicy: value as RunForm['restartPolicy'] });
              }}
            />
            <Select
              label="Network"
              value={form.network}
              options={[
                { value: 'default', label: 'default bridge' },
                { value: 'none', label: 'none' },
                { value: 'host', label: 'this computer’s' },
              ]}
              onChange={(value) => {
                set({ network: value as RunForm['network'] });
              }}
            />
            <TextField
              label="User"
              placeholder="what the image says"
              value={form.user}
              onChange={(user) => {
                set({ user });
              }}
            />
            <TextField
              label="Working directory"
              mono
              placeholder="what the image says"
              value={form.workingDir}
              onChange={(workingDir) => {
                set({ workingDir });
              }}
            />
          </div>
        )}
      </div>
    </Dialog>
  );
}
