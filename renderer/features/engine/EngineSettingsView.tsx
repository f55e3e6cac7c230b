import { Lock, RotateCw } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { ConfigurationProblem } from '../../../runtime/contract/engine-configuration.ts';
import { call } from '../../data/connection.ts';
import { setDraft, useDraft } from '../../data/drafts.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { retried } from '../../data/retried.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { useQuery } from '../../data/use-query.ts';
import { styleNonce } from '../../platform/nonce.ts';
import { common } from '../../strings/common.ts';
import { engineSettings as texts } from '../../strings/engine-settings.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Page } from '../../ui/Page.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { BackButton } from '../lists/Detail.tsx';
import { control } from './actions.tsx';
import { documentOf } from './configuration-text.ts';
import { ConfigurationForm, hasField } from './ConfigurationForm.tsx';
import css from './EngineSettingsView.module.css';
import { ErrorState } from './ErrorState.tsx';

const TextEditor = lazy(retried(() => import('../../ui/TextEditor.tsx')));

/** The engine's configuration file: as a form, and as it is written. */
export default function EngineSettingsView() {
  const generation = useEngine((state) => state.generation);
  const isControllable = useEngine((state) => state.info?.controllable === true);
  const isRunning = useEngine((state) => state.phase === 'running');
  const [version, setVersion] = useState(0);
  const { data, error, retry } = useQuery('engine.configuration', {}, `${String(generation)} ${String(version)}`);
  const [view, setView] = useState<'form' | 'raw'>('form');
  const [problems, setProblems] = useState<readonly ConfigurationProblem[]>([]);
  const of = `configuration ${data?.path ?? ''}`;
  /** What was changed here and is not saved; null for nothing. */
  const draft = useDraft(of);
  const text = draft ?? data?.text ?? '';
  const isDirty = draft !== null && draft !== data?.text;
  const change = (next: string) => {
    setDraft(of, next === data?.text ? null : next);
    setProblems([]);
  };
  const shown = useRef(data);
  useEffect(() => {
    // Another text than the one that was changed: it was saved, or somebody else has written it.
    if (shown.current?.path === data?.path && shown.current?.text !== data?.text) setDraft(of, null);
    shown.current = data;
    setProblems([]);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the same text that was only read again changes nothing
  }, [data?.path, data?.text]);
  const save = () => {
    drop(
      call('engine.configure', { text }).then(
        (answer) => {
          setProblems(answer.problems);
          if (answer.problems.length > 0) return;
          const now = answer.changed.filter((key) => !answer.waiting.includes(key));
          showToast({
            tone: 'good',
            title: texts.saved,
            details: [
              ...(now.length > 0 ? [texts.savedNow(now.join(', '))] : []),
              ...(answer.waiting.length > 0 ? [texts.waiting(answer.waiting.join(', '))] : []),
              ...(answer.changed.length === 0 ? [texts.savedNothing] : []),
            ],
          });
          setVersion((before) => before + 1);
        },
        (thrown: unknown) => {
          showError(texts.notSaved, thrown, save);
        },
      ),
    );
  };
  const back = <BackButton label={texts.back} to="/engine" />;
  if (data === null || !data.offered) {
    return (
      <Page title={texts.title} before={back}>
        {data !== null && <EmptyState title={texts.notOffered}>{texts.notOfferedText}</EmptyState>}
        {data === null && error !== null && <ErrorState error={error} onRetry={retry} />}
      </Page>
    );
  }
  const document = documentOf(text);
  const managedKeys = Object.keys(data.managed.options);
  // In the form each stands at its field.
  const further = view === 'form' && document !== null ? problems.filter(({ field }) => !hasField(field)) : problems;
  return (
    <Page
      title={texts.title}
      before={back}
      actions={
        <>
          <Segmented
            label={texts.view}
            value={view}
            onChange={setView}
            options={[
              { value: 'form', label: texts.form },
              { value: 'raw', label: texts.raw },
            ]}
          />
          <Button variant="primary" disabled={!isDirty} onClick={save}>
            {common.save}
          </Button>
        </>
      }
    >
      {data.waiting.length > 0 && (
        <p className={css['waiting']} role="status">
          <span>{texts.waiting(data.waiting.join(', '))}</span>
          {isControllable && (
            <Button
              size="small"
              icon={<RotateCw size={14} />}
              disabled={!isRunning}
              onClick={() => {
                control('restart');
              }}
            >
              {texts.restart}
            </Button>
          )}
        </p>
      )}
      {managedKeys.length > 0 && (
        <p className={css['managed']}>
          <Lock size={14} aria-hidden />
          <span>{texts.managed(managedKeys.join(', '), data.managed.path)}</span>
        </p>
      )}
      {further.length > 0 && (
        <div role="alert" className={css['problems']}>
          <ul>
            {further.map(({ field, message }) => (
              <li key={field}>
                {field !== '' && <code>{field}</code>} {message}
              </li>
            ))}
          </ul>
        </div>
      )}
      {view === 'form' ? (
        document === null ? (
          <p className={css['problems']}>{texts.notJson}</p>
        ) : (
          <ConfigurationForm
            key={`${data.text} ${JSON.stringify(data.managed)}`}
            text={text}
            document={document}
            managed={data.managed}
            atStart={data.atStart}
            problems={problems}
            onChange={change}
          />
        )
      ) : (
        <div className={css['raw']}>
          {managedKeys.length > 0 && (
            <pre className={css['locked']} aria-label={texts.managedOptions} tabIndex={0}>
              {Object.entries(data.managed.options)
                .map(([key, value]) => `"${key}": ${JSON.stringify(value)}`)
                .join('\n')}
            </pre>
          )}
          <p className={css['path']}>
            {texts.file} <code>{data.path}</code>
          </p>
          <Suspense>
            <TextEditor
              name="engine.json"
              label={texts.text}
              value={text}
              nonce={styleNonce}
              onChange={change}
              onSave={save}
            />
          </Suspense>
        </div>
      )}
    </Page>
  );
}
