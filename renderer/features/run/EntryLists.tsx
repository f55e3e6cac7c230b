import { useMemo } from 'react';
import { runFlag } from '../../../runtime/contract/run-flags.ts';
import { useContainers } from '../../data/containers.ts';
import { imageReference, images } from '../../data/images.ts';
import { useQuery } from '../../data/use-query.ts';
import { run as texts } from '../../strings/run.ts';
import { Button } from '../../ui/Button.tsx';
import { Checkbox, Select, TextField } from '../../ui/Field.tsx';
import { FLAG_NAMES } from './command-line.ts';
import { ListEditor } from './ListEditor.tsx';
import { heldPorts, holderOf, offeredPorts } from './ports.ts';
import css from './RunDialog.module.css';
import type { RunErrors, RunForm } from './run-form.ts';

/** What the parts of the form are given: what was entered, what is wrong with it, and how to change it. */
export interface FormPartProps {
  readonly form: RunForm;
  readonly errors: RunErrors;
  readonly set: (patch: Partial<RunForm>) => void;
}

interface ExposedPortsProps {
  /** An image that is here. */
  readonly reference: string;
  readonly ports: RunForm['ports'];
  readonly held: ReadonlyMap<string, string>;
  readonly onAdd: (entry: RunForm['ports'][number]) => void;
}

/** The ports that an image says it listens on, each to be published by one press. */
function ExposedPorts({ reference, ports, held, onAdd }: ExposedPortsProps) {
  const { data } = useQuery('images.inspect', { reference }, reference);
  return offeredPorts(data?.ports ?? [], ports, held).map((entry) => (
    <Button
      key={`${entry.container}/${entry.protocol}`}
      size="small"
      title={texts.publishHint(entry.host, entry.container)}
      onClick={() => {
        onAdd(entry);
      }}
    >
      {texts.publish(`${entry.container}/${entry.protocol}`)}
    </Button>
  ));
}

/** Ports, volumes and variables. */
export function EntryLists({ form, errors, set }: FormPartProps) {
  const containers = useContainers((state) => state.byId);
  const isHere = images.use((state) => state.rows.some((image) => imageReference(image) === form.image.trim()));
  // A container that is made anew gives its own ports back first.
  const held = useMemo(
    () => heldPorts([...containers.values()].filter(({ name }) => name !== form.name.trim())),
    [containers, form.name],
  );
  const portErrors = Object.fromEntries(
    form.ports.flatMap((entry, index) => {
      const holder = holderOf(entry, held);
      return holder === null ? [] : [[`ports.${String(index)}`, texts.portHeld(holder)]];
    }),
  );
  return (
    <>
      <ListEditor
        title={texts.ports}
        field="ports"
        addLabel={texts.addPort}
        addKey="P"
        errors={{ ...portErrors, ...errors }}
        entries={form.ports}
        empty={{ host: '', container: '', protocol: 'tcp' as const }}
        onChange={(ports) => {
          set({ ports });
        }}
        beside={
          isHere && (
            <ExposedPorts
              key={form.image.trim()}
              reference={form.image.trim()}
              ports={form.ports}
              held={held}
              onAdd={(entry) => {
                set({ ports: [...form.ports, entry] });
              }}
            />
          )
        }
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
        addKey="V"
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
        addKey="E"
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
    </>
  );
}

/** Every further flag of `docker run`. */
export function MoreOptions({ form, errors, set }: FormPartProps) {
  return (
    <ListEditor
      title={texts.more}
      field="more"
      addLabel={texts.addMore}
      addKey="O"
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
  );
}
