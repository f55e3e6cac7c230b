import { Import, Plus, ServerCog } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { MigrationOffer } from '../../../runtime/contract/migrate.ts';
import { openDialog, useDialog } from '../../data/dialogs.ts';
import { useEngine } from '../../data/engine.ts';
import { useQuery } from '../../data/use-query.ts';
import { common } from '../../strings/common.ts';
import { migrate as texts } from '../../strings/migrate.ts';
import { systemCommands } from '../../strings/system-commands.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Checkbox, Select } from '../../ui/Field.tsx';
import { formatBytes } from '../../ui/format.ts';
import { Page } from '../../ui/Page.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { BackButton } from '../lists/Detail.tsx';
import css from './BringView.module.css';
import { bytesOf, chosenWith, keyOf, type Key } from './choice.ts';
import { linesOf, type Line } from './lines.ts';
import { startMove, useMove, type Known } from './move.ts';
import { Things } from './Things.tsx';

/** Copies what another engine has to the one that is shown. */
export default function BringView() {
  const generation = useEngine((state) => state.generation);
  const dialog = useDialog((state) => state.current);
  const { data, error, retry } = useQuery('migrate.sources', {}, `${String(generation)} ${String(dialog === null)}`);
  const move = useMove((state) => state.current);
  const [asked, setAsked] = useState('');
  const only = data?.length === 1 ? (data[0]?.name ?? '') : '';
  const source = move?.isRunning === true ? move.source : asked === '' ? only : asked;
  const back = <BackButton label={texts.back} to="/engine" />;
  const addEngine = (
    <Button
      icon={<Plus size={15} />}
      onClick={() => {
        openDialog({ kind: 'engine-add' });
      }}
    >
      {systemCommands.addEngine}
    </Button>
  );
  if (data === null || data.length === 0) {
    return (
      <Page title={texts.title} before={back}>
        {data === null && error !== null && <ErrorState error={error} onRetry={retry} />}
        {data !== null && (
          <EmptyState picture={<ServerCog size={40} strokeWidth={1.5} />} title={texts.noSources} actions={addEngine}>
            {texts.noSourcesText}
          </EmptyState>
        )}
      </Page>
    );
  }
  const chooser = (
    <div className={css['chooser']}>
      <Select
        label={texts.from}
        value={source}
        onChange={setAsked}
        options={[
          ...(source === '' ? [{ value: '', label: texts.choose }] : []),
          ...data.map(({ name, address, isListed }) => ({
            value: name,
            label: isListed ? `${name} (${address})` : `${address} (${texts.found})`,
          })),
        ]}
      />
      <p>{texts.text}</p>
    </div>
  );
  if (source === '')
    return (
      <Page title={texts.title} before={back}>
        {chooser}
        <EmptyState picture={<Import size={40} strokeWidth={1.5} />} title={texts.choose}>
          {texts.chooseText}
        </EmptyState>
      </Page>
    );
  return <Offer key={source} source={source} chooser={chooser} back={back} />;
}

interface OfferProps {
  readonly source: string;
  readonly chooser: React.ReactNode;
  readonly back: React.ReactNode;
}

const KINDS = ['image', 'volume', 'container'] as const;

/** What one engine has, to choose from. */
function Offer({ source, chooser, back }: OfferProps) {
  const move = useMove((state) => state.current);
  const own = move?.source === source ? move : null;
  const isRunning = move?.isRunning === true;
  const generation = useEngine((state) => state.generation);
  const { data, error, retry } = useQuery('migrate.look', { source }, `${String(generation)} ${String(isRunning)}`);
  const [choice, setChoice] = useState<ReadonlySet<Key>>(new Set());
  const [files, setFiles] = useState(false);
  useEffect(() => {
    // What was asked for is under way; what failed is asked for anew.
    if (isRunning) setChoice(new Set());
  }, [isRunning]);
  const lines = useMemo(() => (data === null ? null : linesOf(data)), [data]);
  const change = (keys: readonly Key[], isChosen: boolean) => {
    if (data !== null) setChoice((before) => chosenWith(before, keys, isChosen, data));
  };
  const bring = () => {
    if (data === null || lines === null || choice.size === 0) return;
    start(source, data, lines, choice, files);
  };
  const bytes = data === null ? 0 : bytesOf(choice, data);
  return (
    <Page
      title={texts.title}
      before={back}
      note={choice.size === 0 ? undefined : texts.chosen(choice.size, bytes === 0 ? '' : formatBytes(bytes))}
      actions={
        isRunning ? (
          <Button onClick={move.cancel}>{common.cancel}</Button>
        ) : (
          <Button
            variant="primary"
            icon={<Import size={15} />}
            disabled={choice.size === 0}
            title="Ctrl+Enter"
            onClick={bring}
          >
            {texts.bring}
          </Button>
        )
      }
    >
      {chooser}
      {lines === null ? (
        error === null ? (
          <EmptyState title={texts.looking} />
        ) : (
          <ErrorState error={error} onRetry={retry} />
        )
      ) : KINDS.every((kind) => lines[kind].length === 0) ? (
        <EmptyState title={texts.nothingThere}>{texts.nothingThereText}</EmptyState>
      ) : (
        <div className={css['columns']}>
          {KINDS.map((kind) => (
            <Things
              key={kind}
              title={texts[`${kind}s`]}
              lines={lines[kind]}
              choice={choice}
              move={own}
              isLocked={isRunning}
              onChange={change}
              {...(kind === 'container' && lines.container.some(({ blocked }) => blocked === '')
                ? {
                    foot: <Checkbox label={texts.files} hint={texts.filesHint} checked={files} onChange={setFiles} />,
                  }
                : {})}
            />
          ))}
        </div>
      )}
    </Page>
  );
}

function start(
  source: string,
  offer: MigrationOffer,
  lines: ReturnType<typeof linesOf>,
  choice: ReadonlySet<Key>,
  files: boolean,
): void {
  const known = new Map<Key, Known>(
    KINDS.flatMap((kind) =>
      lines[kind].map(({ key, name, size }: Line): [Key, Known] => [key, { name, size: size ?? 0 }]),
    ),
  );
  startMove(
    {
      source,
      images: offer.images.map(({ id }) => id).filter((id) => choice.has(keyOf({ kind: 'image', id }))),
      volumes: offer.volumes.map(({ name }) => name).filter((id) => choice.has(keyOf({ kind: 'volume', id }))),
      containers: offer.containers
        .filter(({ id }) => choice.has(keyOf({ kind: 'container', id })))
        .map(({ id }) => ({ id, files })),
    },
    known,
  );
}
