import { Check, Save, TrendingUp, Undo2 } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { ComposeProject } from '../../../runtime/contract/compose.ts';
import { projects } from '../../data/compose.ts';
import { call } from '../../data/connection.ts';
import { setDraft, useDraft } from '../../data/drafts.ts';
import { drop } from '../../data/drop.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { retried } from '../../data/retried.ts';
import { common } from '../../strings/common.ts';
import { compose as texts } from '../../strings/compose.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { act } from './actions.tsx';
import css from './Compose.module.css';
import { Problem } from './Problem.tsx';

const ComposeEditor = lazy(retried(() => import('./ComposeEditor.tsx')));

/** The engine and the file are asked once the person pauses, in milliseconds. */
const CHECK_AFTER_MS = 300;

/** The project's files to edit: checked while they are written, with what bringing the project up would change. */
export function ProjectFile({ project }: { readonly project: ComposeProject }) {
  const [path, setPath] = useState(project.files[0] ?? '');
  const [stored, setStored] = useState<string | null>(null);
  const of = `compose ${path}`;
  const draft = useDraft(of);
  const text = draft ?? stored ?? '';
  const [checked, setChecked] = useState<ComposeProject | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    setStored(null);
    drop(
      call('compose.text', { path }, { signal: controller.signal }).then(
        (answer) => {
          setStored(answer.text);
        },
        (error: unknown) => {
          if (!controller.signal.aborted) showError(path, error);
        },
      ),
    );
    return () => {
      controller.abort();
    };
  }, [path]);
  useEffect(() => {
    if (stored === null) return undefined;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      drop(call('compose.check', { path, text }, { signal: controller.signal }).then(setChecked, () => undefined));
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
    // Also when the project is another: what bringing it up would change is less once it is up.
  }, [path, text, stored, project]);

  const dirty = stored !== null && stored !== text;
  const write = (next: string) => {
    setDraft(of, next === stored ? null : next);
  };
  const save = async (): Promise<boolean> => {
    try {
      await call('compose.save', { path, text });
      setStored(text);
      setDraft(of, null);
      await projects.refetch();
      showToast({ tone: 'good', title: texts.saved(nameOf(path)), lifetimeMs: 2500 });
      return true;
    } catch (error) {
      showError(texts.notSaved, error);
      return false;
    }
  };
  if (stored === null) return <p className={css['wait']}>{common.loading}</p>;
  return (
    <div className={css['file']}>
      <div className={css['fileBar']}>
        {project.files.length > 1 ? (
          <Segmented
            label={texts.tabs.file}
            value={path}
            onChange={setPath}
            options={project.files.map((one) => ({ value: one, label: nameOf(one) }))}
          />
        ) : (
          <code className={css['code']}>{path}</code>
        )}
        {dirty && <span className={css['unsaved']}>{texts.unsaved}</span>}
        {dirty && (
          <IconButton
            label={common.discardChanges}
            icon={<Undo2 size={15} />}
            onClick={() => {
              setDraft(of, null);
            }}
          />
        )}
        <span className={css['spring']} />
        <Button
          icon={<Save size={15} />}
          disabled={!dirty}
          onClick={() => {
            drop(save());
          }}
        >
          {texts.save}
        </Button>
        <Button
          variant="primary"
          icon={<TrendingUp size={15} />}
          disabled={checked === null || checked.problem !== null}
          onClick={() => {
            drop((dirty ? save() : Promise.resolve(true)).then((ok) => (ok ? act(project, 'up') : false)));
          }}
        >
          {dirty ? texts.saveAndUp : texts.up}
        </Button>
      </div>
      <div className={css['editing']}>
        <Suspense fallback={<p className={css['wait']}>{common.loading}</p>}>
          <ComposeEditor
            key={path}
            value={text}
            name={path}
            label={texts.editorLabel(nameOf(path))}
            onChange={write}
            onSave={() => {
              drop(save());
            }}
          />
        </Suspense>
        <aside className={css['effect']} aria-label={texts.effect} aria-live="polite">
          {checked === null ? <p className={css['dim']}>{texts.checking}</p> : <Effect project={checked} />}
        </aside>
      </div>
    </div>
  );
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function Effect({ project }: { readonly project: ComposeProject }) {
  if (project.problem !== null) return <Problem problem={project.problem} />;
  const changes = project.services.filter(({ change }) => change !== 'same' && change !== null);
  return (
    <>
      <p className={css['fine']}>
        <Check size={15} aria-hidden /> {texts.fine}
      </p>
      <h2>{texts.effect}</h2>
      {changes.length === 0 ? (
        <p className={css['dim']}>{texts.nothingChanges}</p>
      ) : (
        <ul className={css['changes']}>
          {changes.map(({ name, change }) => (
            <li key={name} data-change={change}>
              <strong>{name}</strong> {change === null ? '' : texts.changes[change]}
            </li>
          ))}
        </ul>
      )}
      {project.warnings.map((warning) => (
        <p key={warning} className={css['dim']}>
          {warning}
        </p>
      ))}
    </>
  );
}
