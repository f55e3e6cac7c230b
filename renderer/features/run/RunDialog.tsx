import { ChevronRight } from 'lucide-react';
import { useEffect, useState, type ClipboardEvent } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ContainerDetails, RunSpec } from '../../../runtime/contract/contract.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { imageReference, images as imageList } from '../../data/images.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { startPull } from '../../data/image-tasks.ts';
import { cancelTask, taskProgress, useTasks, whenEnded } from '../../data/tasks.ts';
import { showToast } from '../../data/toasts.ts';
import { common } from '../../strings/common.ts';
import { run as texts } from '../../strings/run.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox, TextField } from '../../ui/Field.tsx';
import { Bar } from '../tasks/Progress.tsx';
import { asRunCommand } from '../containers/run-command.ts';
import { CommandBox, explain } from './CommandBox.tsx';
import { fromCommandLine, isRunLine } from './command-line.ts';
import { EntryLists, MoreOptions } from './EntryLists.tsx';
import { LIMIT_FIELDS, LimitFields } from './LimitFields.tsx';
import { initialRunForm, likelyImage, toRunSpec, type RunErrors, type RunForm } from './run-form.ts';
import css from './RunDialog.module.css';

function isMissingImage({ code, message }: BridgeError): boolean {
  return code === 'not-found' && /no such image/i.test(message);
}

/** Runs a container: the common choices at once, the others one click away. */
export default function RunDialog({ image, replace }: { readonly image: string; readonly replace?: string }) {
  const images = imageList.use((state) => state.rows);
  const references = images.filter((row) => row.tag !== '').map(imageReference);
  const [form, setForm] = useState<RunForm>(() =>
    initialRunForm(image === '' ? likelyImage(references, useSettings.getState().lastImage) : image),
  );
  const [errors, setErrors] = useState<RunErrors>({});
  const [failure, setFailure] = useState<BridgeError | null>(null);
  const [busy, setBusy] = useState(false);
  const [pull, setPull] = useState<string | null>(null);
  const pulling = useTasks((state) => state.tasks.find(({ id }) => id === pull));
  const [more, setMore] = useState(false);
  /** The container that is edited, and what the form said of it at first. */
  const [replaced, setReplaced] = useState<{ details: ContainerDetails; before: RunSpec } | null>(null);
  useEffect(() => {
    if (replace === undefined) return;
    drop(
      call('containers.inspect', { id: replace }).then(
        (details) => {
          // Its entrypoint goes on with what else the form does not show.
          const parsed = fromCommandLine(asRunCommand(details, null));
          const known = 'form' in parsed ? toRunSpec(parsed.form) : parsed;
          if (!('form' in parsed) || !('spec' in known)) {
            setFailure(new BridgeError('internal', texts.notEditable));
            return;
          }
          setReplaced({ details, before: known.spec });
          setForm(parsed.form);
        },
        (error: unknown) => {
          setFailure(BridgeError.from(error));
        },
      ),
    );
  }, [replace]);
  // An image that comes for a container that nobody wants any more need not come.
  useEffect(() => {
    if (pull === null) return undefined;
    return () => {
      cancelTask(pull);
    };
  }, [pull]);
  const set = (patch: Partial<RunForm>) => {
    setForm((before) => ({ ...before, ...patch }));
    setFailure(null);
  };
  /** A `docker run` line fills the form wherever it is pasted: few will look for the box at its end first. */
  const pasteLine = (event: ClipboardEvent) => {
    const line = event.clipboardData.getData('text');
    if (event.target instanceof HTMLTextAreaElement || !isRunLine(line)) return;
    event.preventDefault();
    const parsed = fromCommandLine(line);
    setErrors('error' in parsed ? { image: explain(parsed.error) } : {});
    if ('form' in parsed) set(parsed.form);
  };

  /** Does what needs an image; one that is not here is pulled first, as `docker run` does. False when that was cancelled. */
  const withImage = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isMissingImage(BridgeError.from(error))) throw error;
    }
    const id = startPull(form.image.trim(), () => true);
    setPull(id);
    const ended = await whenEnded(id);
    setPull(null);
    if (ended?.state === 'failed' && ended.error !== null) throw ended.error;
    if (ended?.state !== 'done') return false;
    await work();
    return true;
  };

  const make = async (spec: RunSpec) => {
    const { id, warnings } = await call('containers.create', spec);
    try {
      await call('containers.start', { id });
    } catch (error) {
      // What was never started is of no use to anybody.
      await call('containers.remove', { id, force: true, volumes: true }).catch(() => {});
      throw error;
    }
    updateSettings({ lastImage: form.image });
    closeDialog();
    if (warnings.length > 0) showToast({ title: texts.warning, details: warnings });
    navigate(`/containers/${id}/${form.tty ? 'terminal' : 'logs'}`);
  };

  /** What is to be edited is not known, or not yet. */
  const isUnknown = replace !== undefined && replaced === null;
  const run = async () => {
    if (isUnknown || busy) return;
    const result = toRunSpec(form);
    if ('errors' in result) {
      setErrors(result.errors);
      if (LIMIT_FIELDS.some((field) => result.errors[field] !== undefined)) setMore(true);
      return;
    }
    setErrors({});
    setBusy(true);
    try {
      await withImage(async () => {
        if (replaced === null) await make(result.spec);
        else {
          const { details, before } = replaced;
          const made = await call('containers.replace', { id: details.id, before, spec: result.spec });
          closeDialog();
          navigate(`/containers/${made.id}/overview`);
        }
      });
    } catch (error) {
      setFailure(BridgeError.from(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      wide
      onClose={closeDialog}
      title={replaced === null ? texts.title : texts.editTitle(replaced.details.name)}
      {...(replaced === null ? {} : { description: texts.editText })}
      onPrimary={() => {
        drop(run());
      }}
      failure={failure}
      footer={
        <>
          {pulling !== undefined && (
            <div className={css['pulling']} role="status">
              <span>{pulling.title}</span>
              <Bar value={taskProgress(pulling)} label={pulling.title} />
            </div>
          )}
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button
            variant="primary"
            disabled={busy || isUnknown}
            title="Ctrl+Enter"
            onClick={() => {
              drop(run());
            }}
          >
            {pull !== null ? texts.pulling : busy ? texts.starting : replaced === null ? texts.run : texts.apply}
          </Button>
        </>
      }
    >
      <div className={css['form']} onPaste={pasteLine}>
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
        <EntryLists form={form} errors={errors} set={set} />
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
        {more && <LimitFields form={form} errors={errors} set={set} />}
        <MoreOptions form={form} errors={errors} set={set} />
        <CommandBox form={form} onForm={set} />
      </div>
    </Dialog>
  );
}
