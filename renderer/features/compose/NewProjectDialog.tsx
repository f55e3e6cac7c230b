import { useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { COMPOSE_TEMPLATES, type ComposeTemplate } from '../../../runtime/contract/compose-templates.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { openComposePath } from '../../data/compose.ts';
import { call } from '../../data/connection.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { common } from '../../strings/common.ts';
import { compose as texts } from '../../strings/compose.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Select, TextField } from '../../ui/Field.tsx';
import css from './NewProjectDialog.module.css';
import { projectPath } from './path.ts';

const folderFor = (template: ComposeTemplate): string => `~/${template === 'blank' ? 'project' : template}`;

/** Makes a project from a template, and opens its file to be changed. */
export default function NewProjectDialog() {
  const [template, setTemplate] = useState<ComposeTemplate>('blank');
  const [typed, setTyped] = useState<string | null>(null);
  const [failure, setFailure] = useState<BridgeError | null>(null);
  const [busy, setBusy] = useState(false);
  const directory = (typed ?? folderFor(template)).trim();
  const valid = /^(\/|~\/)./.test(directory);
  const create = () => {
    if (!valid || busy) return;
    setBusy(true);
    const make = async () => {
      const made = await call('compose.create', { directory, template });
      const project = await openComposePath(made.directory);
      closeDialog();
      navigate(`${projectPath(project.name)}/file`);
    };
    drop(
      make().catch((error: unknown) => {
        setFailure(BridgeError.from(error));
        setBusy(false);
      }),
    );
  };
  return (
    <Dialog
      open
      title={texts.create}
      description={texts.createText}
      onClose={closeDialog}
      onPrimary={create}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button variant="primary" disabled={!valid || busy} onClick={create}>
            {common.create}
          </Button>
        </>
      }
    >
      <div className={css['form']}>
        <Select
          label={texts.template}
          value={template}
          onChange={(value) => {
            setTemplate(COMPOSE_TEMPLATES.find((one) => one === value) ?? 'blank');
            setFailure(null);
          }}
          options={COMPOSE_TEMPLATES.map((value) => ({ value, label: texts.templates[value] }))}
        />
        <TextField
          label={texts.newFolder}
          mono
          value={typed ?? folderFor(template)}
          hint={texts.newFolderHint}
          error={failure?.message ?? (valid ? undefined : texts.pathRule)}
          onChange={(value) => {
            setTyped(value);
            setFailure(null);
          }}
        />
      </div>
    </Dialog>
  );
}
