import { Check, CircleAlert, Hammer, Save, Settings2, TriangleAlert, Undo2 } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { useParams } from 'wouter';
import type { BuildSettings, DockerfileCheck, DockerfileContent } from '../../../runtime/contract/builds.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { NO_SETTINGS, useBuildDraft } from '../../data/builds.ts';
import { call } from '../../data/connection.ts';
import { openDialog } from '../../data/dialogs.ts';
import { setDraft, useDraft } from '../../data/drafts.ts';
import { drop } from '../../data/drop.ts';
import { imageReference, images } from '../../data/images.ts';
import { useResource } from '../../data/resource.ts';
import { retried } from '../../data/retried.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { useQuery } from '../../data/use-query.ts';
import { styleNonce } from '../../platform/nonce.ts';
import { builds as texts } from '../../strings/builds.ts';
import { common } from '../../strings/common.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Page } from '../../ui/Page.tsx';
import { Facts } from '../../ui/Section.tsx';
import type { TextPlace } from '../../ui/TextEditor.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { BackButton } from '../lists/Detail.tsx';
import { build } from './actions.tsx';
import { dockerfile } from './dockerfile-language.ts';
import { preloadBuildView } from './preload.ts';
import css from './DockerfileView.module.css';

const TextEditor = lazy(retried(() => import('../../ui/TextEditor.tsx')));

/** A Dockerfile to write: checked meanwhile, and built as it stands in the editor. */
export default function DockerfileView() {
  const { directory: part, file: name = '' } = useParams<{ directory: string; file?: string }>();
  const [directory, file] = [decoded(part), decoded(name)];
  const draft = useBuildDraft((state) => state.settings);
  const recent = useQuery('builds.recent', {}, null).data;
  const isHere = (one: BuildSettings) => one.directory === directory && one.file === file;
  const settings =
    draft !== null && isHere(draft) ? draft : (recent?.find(isHere) ?? { ...NO_SETTINGS, directory, file });
  const { data, error, retry } = useQuery('builds.dockerfile', { directory, file }, null);
  if (data === null)
    return (
      <Page title={texts.editorTitle} before={<BackButton label={texts.back} to="/builds" />}>
        {error !== null && <ErrorState error={error} onRetry={retry} />}
      </Page>
    );
  return <Editor key={data.path} content={data} settings={settings} />;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // It was decoded already, and has a percent sign of its own.
  }
}

interface EditorProps {
  readonly content: DockerfileContent;
  readonly settings: BuildSettings;
}

/** What a new Dockerfile begins with. */
const TEMPLATE = 'FROM \n';

function Editor({ content, settings }: EditorProps) {
  const { path } = content;
  const [stored, setStored] = useState(content.exists ? content.text : null);
  const of = `dockerfile ${path}`;
  const text = useDraft(of) ?? stored ?? TEMPLATE;
  const [checked, setChecked] = useState<DockerfileCheck | 'unknown' | null>(null);
  const [place, setPlace] = useState<TextPlace | null>(null);
  useResource(images);
  useEffect(() => {
    drop(preloadBuildView());
  }, []);
  const extensions = useMemo(
    () =>
      dockerfile({
        images: () =>
          images.use
            .getState()
            .rows.filter(({ tag }) => tag !== '')
            .map(imageReference),
        check: async (written) => {
          try {
            const found = await call('builds.check', { text: written });
            setChecked(found);
            return found;
          } catch (error) {
            if (BridgeError.from(error).code === 'unsupported') setChecked('unknown');
            return null;
          }
        },
      }),
    [],
  );
  const dirty = stored !== text;
  const name = path.split('/').at(-1) ?? path;
  const { directory, file } = settings;
  const save = async (): Promise<void> => {
    try {
      await call('builds.saveDockerfile', { directory, file, text });
      setStored(text);
      setDraft(of, null);
      showToast({ tone: 'good', title: texts.saved(name), lifetimeMs: 2500 });
    } catch (error) {
      showError(texts.notSaved, error);
    }
  };
  const isFaulty = checked !== null && checked !== 'unknown' && checked.problem !== null;
  return (
    <Page
      title={name}
      before={<BackButton label={texts.back} to="/builds" />}
      note={
        <>
          <code className={css['path']}>{path}</code>
          {dirty && <span className={css['unsaved']}>{stored === null ? texts.isNew : texts.unsaved}</span>}
          {dirty && stored !== null && (
            <IconButton
              label={common.discardChanges}
              icon={<Undo2 size={15} />}
              onClick={() => {
                setDraft(of, null);
              }}
            />
          )}
        </>
      }
      actions={
        <>
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
            icon={<Hammer size={15} />}
            title={texts.buildThisHint}
            disabled={isFaulty}
            onClick={() => {
              drop(build(settings, dirty ? text : undefined));
            }}
          >
            {texts.buildThis}
          </Button>
        </>
      }
    >
      <div className={css['editing']}>
        <Suspense fallback={<p className={css['dim']}>{common.loading}</p>}>
          <TextEditor
            value={text}
            name={name}
            label={texts.editorLabel(name)}
            nonce={styleNonce}
            extensions={extensions}
            place={place}
            onChange={(next) => {
              setDraft(of, next === (stored ?? TEMPLATE) ? null : next);
            }}
            onSave={() => {
              drop(save());
            }}
          />
        </Suspense>
        <aside className={css['side']} aria-label={texts.findings}>
          <h2>{texts.findings}</h2>
          <Findings
            checked={checked}
            onGo={(line) => {
              setPlace({ line });
            }}
          />
          <h2>{texts.settings}</h2>
          <Facts
            facts={[
              [texts.tags, settings.tags.length === 0 ? texts.noName : settings.tags.join(', ')],
              [texts.folder, <code key="folder">{directory}</code>],
              [texts.target, settings.target],
              [texts.platform, settings.platform],
              [texts.args, settings.args.map((one) => `${one.name}=${one.value}`).join(' ')],
              [texts.noCache, settings.noCache ? texts.yes : ''],
            ]}
          />
          <div>
            <Button
              size="small"
              icon={<Settings2 size={14} />}
              onClick={() => {
                openDialog({ kind: 'build', settings, edit: true });
              }}
            >
              {texts.change}
            </Button>
          </div>
        </aside>
      </div>
    </Page>
  );
}

interface FindingsProps {
  readonly checked: DockerfileCheck | 'unknown' | null;
  readonly onGo: (line: number) => void;
}

function Findings({ checked, onGo }: FindingsProps) {
  if (checked === null) return <p className={css['dim']}>{texts.checking}</p>;
  if (checked === 'unknown') return <p className={css['dim']}>{texts.notChecked}</p>;
  const all = [...(checked.problem === null ? [] : [checked.problem]), ...checked.warnings];
  if (all.length === 0)
    return (
      <p className={css['fine']} role="status">
        <Check size={15} aria-hidden /> {texts.fine}
      </p>
    );
  return (
    <ul className={css['findings']} aria-live="polite">
      {all.map((one) => (
        <li key={`${one.rule} ${String(one.start)} ${one.message}`} data-bad={one === checked.problem}>
          <button
            type="button"
            onClick={() => {
              onGo(one.start);
            }}
          >
            {one === checked.problem ? <CircleAlert size={15} aria-hidden /> : <TriangleAlert size={15} aria-hidden />}
            <span>
              {texts.goTo(one.start, one.message)}
              {one.rule !== '' && <span className={css['rule']}>{one.rule}</span>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
