import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { upload } from '../../data/byte-streams.ts';
import { call } from '../../data/connection.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { runByteTask } from '../../data/tasks.ts';
import { startVolumeWork } from '../../data/volume-tasks.ts';
import { volumes } from '../../data/volumes.ts';
import { useAttempt } from '../../data/use-attempt.ts';
import { common } from '../../strings/common.ts';
import { containers } from '../../strings/containers.ts';
import { tasks } from '../../strings/tasks.ts';
import { volumes as texts } from '../../strings/volumes.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { formatBytes } from '../../ui/format.ts';
import { PromptDialog } from '../../ui/PromptDialog.tsx';
import { volumePath } from './actions.tsx';
import css from './VolumesView.module.css';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;
const nameProblem = (value: string) => (NAME.test(value) ? undefined : containers.nameRule);

/** Makes a volume. */
export function VolumeCreateDialog() {
  const [name, setName] = useState('');
  const [driver, setDriver] = useState('local');
  const [options, setOptions] = useState<readonly { name: string; value: string }[]>([]);
  const { busy, failure, attempt, forget } = useAttempt();
  const valid = name === '' || NAME.test(name);
  const create = () => {
    if (!valid) return;
    attempt(async (signal) => {
      const wanted = {
        ...(name === '' ? {} : { name }),
        driver: driver === '' ? 'local' : driver,
        labels: {},
        options: Object.fromEntries(options.filter((one) => one.name !== '').map((one) => [one.name, one.value])),
      };
      const made = await call('volumes.create', wanted, { signal });
      await volumes.refetch();
      closeDialog();
      navigate(volumePath(made.name));
    });
  };
  return (
    <Dialog
      open
      title={texts.createTitle}
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
            hint={texts.nameHint}
            error={valid ? undefined : containers.nameRule}
          />
          <TextField label={texts.driver} mono value={driver} onChange={setDriver} />
        </div>
        <fieldset className={css['list']}>
          <legend>{texts.options}</legend>
          {options.map((option, index) => {
            const change = (patch: Partial<typeof option>) => {
              setOptions(options.map((one, at) => (at === index ? { ...one, ...patch } : one)));
            };
            return (
              // The rows have no identity but their place.
              <div key={index} className={css['option']}>
                <TextField
                  inline
                  mono
                  label={texts.optionName(index + 1)}
                  placeholder="type"
                  value={option.name}
                  onChange={(value) => {
                    change({ name: value });
                  }}
                />
                <span aria-hidden>=</span>
                <TextField
                  inline
                  mono
                  label={texts.optionValue(index + 1)}
                  placeholder="tmpfs"
                  value={option.value}
                  onChange={(value) => {
                    change({ value });
                  }}
                />
                <IconButton
                  label={`${common.remove} ${texts.optionName(index + 1)}`}
                  icon={<X size={14} />}
                  onClick={() => {
                    setOptions(options.filter((_, at) => at !== index));
                  }}
                />
              </div>
            );
          })}
          <Button
            size="small"
            variant="quiet"
            icon={<Plus size={14} />}
            onClick={() => {
              setOptions([...options, { name: '', value: '' }]);
            }}
          >
            {texts.addOption}
          </Button>
        </fieldset>
      </div>
    </Dialog>
  );
}

/** Copies a volume under another name. */
export function VolumeCloneDialog({ name }: { readonly name: string }) {
  return (
    <PromptDialog
      title={texts.cloneTitle(name)}
      description={texts.cloneText}
      label={texts.newName}
      initial={`${name.slice(0, 200)}-copy`}
      action={texts.cloneAction}
      problem={nameProblem}
      onClose={closeDialog}
      onSubmit={(to) => {
        startVolumeWork({ kind: 'clone', from: name, to });
        return Promise.resolve();
      }}
    />
  );
}

/** Fills a volume from a backup. */
export function VolumeRestoreDialog({ name, file }: { readonly name: string; readonly file: File }) {
  return (
    <PromptDialog
      title={texts.restoreTitle}
      description={texts.restoreText(file.name, formatBytes(file.size))}
      label={texts.into}
      hint={texts.intoHint}
      initial={name}
      action={texts.restoreAction}
      problem={nameProblem}
      onClose={closeDialog}
      onSubmit={(into) => {
        drop(
          runByteTask(tasks.restore(into), file.size, async (task) => {
            await upload('volumes.restore', { name: into }, file, task);
            return tasks.restored(into);
          }),
        );
        return Promise.resolve();
      }}
    />
  );
}
