import { ChevronRight, Plus, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { BuildSettings } from '../../../runtime/contract/builds.ts';
import { NO_SETTINGS } from '../../data/builds.ts';
import { call } from '../../data/connection.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { useQuery } from '../../data/use-query.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { builds as texts } from '../../strings/builds.ts';
import { common } from '../../strings/common.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox, TextField } from '../../ui/Field.tsx';
import { build, openEditor } from './actions.tsx';
import { formOf, toBuildSettings, type BuildErrors, type BuildForm } from './build-form.ts';
import { preloadBuildView } from './preload.ts';
import css from './BuildDialog.module.css';

interface BuildDialogProps {
  readonly settings?: BuildSettings;
  /** Whether it leads to the editor first. */
  readonly edit?: boolean;
}

/** Asks what is to be built and how; the common things at once, the others one click away. */
export default function BuildDialog({ settings = NO_SETTINGS, edit = false }: BuildDialogProps) {
  const [form, setForm] = useState<BuildForm>(() => formOf(settings));
  const [errors, setErrors] = useState<BuildErrors>({});
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [more, setMore] = useState(
    () => settings.target !== '' || settings.args.length > 0 || settings.platform !== '' || settings.noCache,
  );
  const { data: recent } = useQuery('builds.recent', {}, null);
  useEffect(() => {
    drop(preloadBuildView());
  }, []);
  const set = (patch: Partial<BuildForm>) => {
    setForm((before) => ({ ...before, ...patch }));
    setFailure(undefined);
  };
  const setDirectory = (directory: string) => {
    // A folder that was built before is built as it was then, unless something else was said already.
    const known = (recent ?? []).find((one) => one.directory === directory);
    if (known === undefined || form.names !== '') set({ directory });
    else set({ ...formOf(known), noCache: false });
  };
  const submit = async (then: 'build' | 'edit') => {
    const result = toBuildSettings(form);
    if ('errors' in result) {
      setErrors(result.errors);
      if (Object.keys(result.errors).some((field) => field.startsWith('args'))) setMore(true);
      return;
    }
    setErrors({});
    setBusy(true);
    try {
      // There must be such a folder, and without the editor a Dockerfile in it.
      const { directory, file } = result.settings;
      const { path, exists } = await call('builds.dockerfile', { directory, file });
      if (then === 'build' && !exists) throw new BridgeError('not-found', texts.noFile(path));
      closeDialog();
      if (then === 'edit') openEditor(result.settings);
      else await build(result.settings);
    } catch (error) {
      setFailure(BridgeError.from(error).message);
      setBusy(false);
    }
  };
  const primary = edit ? 'edit' : 'build';
  const start = () => {
    if (!busy) drop(submit(primary));
  };
  const error = (field: string) => ({ error: errors[field] });
  return (
    <Dialog
      open
      onClose={closeDialog}
      title={edit ? texts.edit : texts.dialogTitle}
      description={texts.dialogText}
      onPrimary={start}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          {!edit && (
            <Button
              disabled={busy}
              onClick={() => {
                drop(submit('edit'));
              }}
            >
              {texts.openEditor}
            </Button>
          )}
          <Button variant="primary" disabled={busy || form.directory === ''} onClick={start}>
            {edit ? texts.openEditor : texts.start}
          </Button>
        </>
      }
    >
      <div className={css['form']}>
        <TextField
          label={texts.folder}
          mono
          autoFocus
          value={form.directory}
          onChange={setDirectory}
          list={[...new Set((recent ?? []).map(({ directory }) => directory))]}
          hint={texts.folderHint}
          error={failure ?? errors['directory']}
        />
        <TextField
          label={texts.tags}
          mono
          value={form.names}
          onChange={(names) => {
            set({ names });
          }}
          hint={texts.nameHint}
          {...error('names')}
        />
        <TextField
          label={texts.dockerfile}
          mono
          placeholder="Dockerfile"
          value={form.file}
          onChange={(file) => {
            set({ file });
          }}
          hint={texts.fileHint}
        />
        <button
          type="button"
          className={css['more']}
          aria-expanded={more}
          onClick={() => {
            setMore(!more);
          }}
        >
          <ChevronRight size={15} aria-hidden />
          {texts.more}
        </button>
        {more && <More form={form} errors={errors} set={set} />}
      </div>
    </Dialog>
  );
}

interface MoreProps {
  readonly form: BuildForm;
  readonly errors: BuildErrors;
  readonly set: (patch: Partial<BuildForm>) => void;
}

function More({ form, errors, set }: MoreProps) {
  const setArg = (index: number, patch: Partial<BuildForm['args'][number]>) => {
    set({ args: form.args.map((one, at) => (at === index ? { ...one, ...patch } : one)) });
  };
  return (
    <>
      <div className={css['two']}>
        <TextField
          label={texts.target}
          mono
          value={form.target}
          onChange={(target) => {
            set({ target });
          }}
          hint={texts.targetHint}
        />
        <TextField
          label={texts.platform}
          mono
          placeholder="linux/amd64"
          value={form.platform}
          onChange={(platform) => {
            set({ platform });
          }}
        />
      </div>
      <fieldset className={css['args']}>
        <legend>{texts.args}</legend>
        {form.args.map(({ name, value }, index) => (
          // The rows have no identity but their place.
          <div key={index} className={css['arg']}>
            <TextField
              inline
              label={texts.argName}
              mono
              placeholder="VERSION"
              value={name}
              onChange={(next) => {
                setArg(index, { name: next });
              }}
              error={errors[`args.${String(index)}`]}
            />
            <TextField
              inline
              label={texts.argValue}
              mono
              placeholder="2.4"
              value={value}
              onChange={(next) => {
                setArg(index, { value: next });
              }}
            />
            <IconButton
              label={texts.removeArg(index + 1)}
              icon={<X size={14} />}
              onClick={() => {
                set({ args: form.args.filter((_, at) => at !== index) });
              }}
            />
          </div>
        ))}
        <Button
          size="small"
          variant="quiet"
          icon={<Plus size={14} />}
          onClick={() => {
            set({ args: [...form.args, { name: '', value: '' }] });
          }}
        >
          {texts.addArg}
        </Button>
      </fieldset>
      <div className={css['two']}>
        <Checkbox
          label={texts.noCache}
          hint={texts.noCacheHint}
          checked={form.noCache}
          onChange={(noCache) => {
            set({ noCache });
          }}
        />
        <Checkbox
          label={texts.pull}
          hint={texts.pullHint}
          checked={form.pull}
          onChange={(pull) => {
            set({ pull });
          }}
        />
      </div>
    </>
  );
}
