import { Download, FileQuestion, Save, ShieldCheck, Trash2, Undo2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { MAX_TEXT_BYTES, type FileTarget } from '../../../runtime/contract/files.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { fileDraft, setDraft, useDraft } from '../../data/drafts.ts';
import { drop } from '../../data/drop.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { useQuery } from '../../data/use-query.ts';
import { retried } from '../../data/retried.ts';
import { styleNonce } from '../../platform/nonce.ts';
import { common } from '../../strings/common.ts';
import { files as texts } from '../../strings/files.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes } from '../../ui/format.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import css from './FileBrowser.module.css';
import { modeText, type TreeRow } from './model.ts';

const TextEditor = lazy(retried(() => import('../../ui/TextEditor.tsx')));

interface FilePreviewProps {
  readonly target: FileTarget;
  readonly row: TreeRow;
  readonly onDownload: () => void;
  readonly onPermissions: () => void;
  readonly onRemove: () => void;
  readonly onSaved: () => void;
}

/** What is chosen in the tree: a file's text, to be changed and saved; or what can be done with it. */
export function FilePreview({ target, row, onDownload, onPermissions, onRemove, onSaved }: FilePreviewProps) {
  const of = fileDraft(target, row.path);
  const draft = useDraft(of);
  const [saving, setSaving] = useState(false);
  const [version, setVersion] = useState(0);
  const entry = row.entry;
  const isText = entry?.kind === 'file' && entry.size <= MAX_TEXT_BYTES && row.change !== 'deleted';
  const name = entry?.name ?? '';
  const tools = (
    <div className={css['previewTools']}>
      {draft !== null && (
        <>
          <span className={css['unsaved']}>{texts.unsaved}</span>
          <IconButton
            label={common.discardChanges}
            icon={<Undo2 size={15} />}
            onClick={() => {
              setDraft(of, null);
            }}
          />
          <Button
            size="small"
            variant="primary"
            icon={<Save size={13} />}
            disabled={saving}
            title="Ctrl+S"
            onClick={() => {
              save();
            }}
          >
            {texts.save}
          </Button>
        </>
      )}
      <IconButton label={texts.download} icon={<Download size={15} />} onClick={onDownload} />
      <IconButton label={texts.permissions} icon={<ShieldCheck size={15} />} onClick={onPermissions} />
      <IconButton label={texts.remove} danger icon={<Trash2 size={15} />} onClick={onRemove} />
    </div>
  );
  const save = () => {
    if (draft === null || saving) return;
    setSaving(true);
    drop(
      call('files.write', { target, path: row.path, text: draft })
        .then(
          () => {
            setDraft(of, null);
            setVersion((before) => before + 1);
            showToast({ tone: 'good', title: texts.saved, lifetimeMs: 2500 });
            onSaved();
          },
          (error: unknown) => {
            showError(texts.notSaved(name), error);
          },
        )
        .finally(() => {
          setSaving(false);
        }),
    );
  };
  return (
    <section className={css['preview']} aria-label={texts.content(name)}>
      <header className={css['previewHead']}>
        <h2 title={row.path}>{row.path}</h2>
        {row.change !== 'deleted' && tools}
      </header>
      {entry !== null && row.change !== 'deleted' && (
        <p className={css['facts']}>
          <code>{modeText(entry)}</code>
          <span>
            {entry.uid}:{entry.gid}
          </span>
          {entry.kind === 'file' && <span>{formatBytes(entry.size)}</span>}
          {row.change !== null && <span>{texts.marks[row.change]}</span>}
        </p>
      )}
      {isText ? (
        <FileText
          target={target}
          path={row.path}
          name={name}
          version={version}
          draft={draft}
          onChange={(text, original) => {
            setDraft(of, text === original ? null : text);
          }}
          onSave={save}
        />
      ) : (
        entry?.kind === 'file' &&
        row.change !== 'deleted' && (
          <EmptyState picture={<FileQuestion size={36} strokeWidth={1.5} />} title={texts.tooLarge} />
        )
      )}
    </section>
  );
}

interface FileTextProps {
  readonly target: FileTarget;
  readonly path: string;
  readonly name: string;
  readonly version: number;
  readonly draft: string | null;
  readonly onChange: (text: string, original: string) => void;
  readonly onSave: () => void;
}

function FileText({ target, path, name, version, draft, onChange, onSave }: FileTextProps) {
  const { data, error, retry } = useQuery('files.read', { target, path }, version);
  if (error !== null) return <ErrorState error={BridgeError.from(error)} onRetry={retry} />;
  if (data === null) return null;
  if (data.binary) {
    return (
      <EmptyState picture={<FileQuestion size={36} strokeWidth={1.5} />} title={texts.binary}>
        {texts.binaryText}
      </EmptyState>
    );
  }
  return (
    <Suspense>
      <TextEditor
        value={draft ?? data.text}
        name={name}
        label={texts.content(name)}
        nonce={styleNonce}
        onChange={(text) => {
          onChange(text, data.text);
        }}
        onSave={onSave}
      />
    </Suspense>
  );
}
