import { Play, ScrollText } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useLocation, useParams } from 'wouter';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { open } from '../../data/connection.ts';
import { useContainers } from '../../data/containers.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { useSettings } from '../../data/settings.ts';
import { saveText } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';
import { containers as containerTexts } from '../../strings/containers.ts';
import { logs as texts } from '../../strings/logs.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { LogBuffer } from '../../ui/log/log-buffer.ts';
import { LogView, type LogViewHandle } from '../../ui/log/LogView.tsx';
import { Page } from '../../ui/Page.tsx';
import { isRunning } from '../containers/model.ts';
import { DialogButton } from '../lists/DialogButton.tsx';
import { ContainerChoice } from './ContainerChoice.tsx';
import { ALL_LEVELS, type LevelChoice } from './levels.ts';
import { LogsTabs } from './LogsTabs.tsx';
import { LogTools } from './LogTools.tsx';
import css from './MergedLogsView.module.css';
import { MergedLog } from './merged-log.ts';
import { patternOf } from './pattern.ts';

/** Lines asked of each container at first. */
const TAIL_LINES = 1000;
/** Lines wait this long for others of the same time, in milliseconds. */
const MERGE_MS = 150;

/** Logs of several containers in one view, line by line in the order of time. The choice is in the address. */
export default function MergedLogsView() {
  const { ids = '' } = useParams<{ ids?: string }>();
  const [, setLocation] = useLocation();
  const byId = useContainers((state) => state.byId);
  const ready = useContainers((state) => state.status === 'ready');
  const all = useMemo(() => [...byId.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), [byId]);
  const chosen = useMemo(() => {
    const prefixes = ids.split('+').filter(Boolean);
    return all.filter(({ id }) => prefixes.some((prefix) => id.startsWith(prefix)));
  }, [all, ids]);
  const choose = (next: readonly Pick<ContainerSummary, 'id'>[]) => {
    setLocation(`/logs/${next.map(({ id }) => id.slice(0, 12)).join('+')}`, { replace: true });
  };
  if (ready && all.length === 0) {
    return (
      <Page title={texts.mergedTitle}>
        <LogsTabs current="together" />
        <EmptyState
          picture={<ScrollText size={40} strokeWidth={1.5} />}
          title={texts.none}
          actions={
            <DialogButton icon={<Play size={15} />} request={{ kind: 'run', image: '' }}>
              {containerTexts.runOne}
            </DialogButton>
          }
        >
          {texts.noneText}
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page
      title={texts.mergedTitle}
      note={chosen.length > 0 ? texts.showing(common.containers(chosen.length)) : undefined}
    >
      <LogsTabs current="together" />
      <div className={css['split']}>
        <ContainerChoice label={texts.choose} all={all} chosen={chosen} onChoose={choose}>
          <Button
            size="small"
            variant="quiet"
            onClick={() => {
              choose(all.filter(isRunning));
            }}
          >
            {texts.running}
          </Button>
          <Button
            size="small"
            variant="quiet"
            onClick={() => {
              choose([]);
            }}
          >
            {texts.clearAll}
          </Button>
        </ContainerChoice>
        {chosen.length === 0 ? (
          <EmptyState
            title={texts.chooseTitle}
            actions={
              all.some(isRunning) && (
                <Button
                  variant="primary"
                  onClick={() => {
                    choose(all.filter(isRunning));
                  }}
                >
                  {texts.showRunning}
                </Button>
              )
            }
          >
            {texts.chooseSome}
          </EmptyState>
        ) : (
          <Merged key={chosen.map(({ id }) => id).join(' ')} containers={chosen} />
        )}
      </div>
    </Page>
  );
}

function Merged({ containers }: { readonly containers: readonly ContainerSummary[] }) {
  const { logWrap: wrap, logTimestamps: timestamps } = useSettings();
  const generation = useEngine((state) => state.generation);
  const view = useRef<LogViewHandle>(null);
  const [text, setText] = useState('');
  const [regex, setRegex] = useState(false);
  const [levels, setLevels] = useState<LevelChoice>(ALL_LEVELS);
  const [buffer] = useState(() => new LogBuffer());
  const [log] = useState(() => new MergedLog(buffer));
  const pattern = patternOf(text, regex);
  const sources = useRef(containers.map(({ id, name }) => ({ id, name })));

  useEffect(() => {
    if (generation === 0) return undefined;
    const waiting: (() => void)[] = [];
    const streams = sources.current.map(({ id, name }) => {
      const push = log.source(name);
      const stream = open(
        'logs',
        { id, follow: true, tail: TAIL_LINES },
        {
          onData: (bytes, done) => {
            push(bytes);
            waiting.push(done);
          },
        },
      );
      // A container that is gone leaves its lines; the others go on.
      drop(stream.closed.catch(() => {}));
      return stream;
    });
    const timer = setInterval(() => {
      if (waiting.length === 0) return;
      log.flush();
      view.current?.refresh();
      for (const done of waiting.splice(0)) done();
    }, MERGE_MS);
    return () => {
      clearInterval(timer);
      for (const stream of streams) stream.cancel();
    };
  }, [log, generation]);

  const source = pattern === undefined ? undefined : (pattern?.source ?? '');
  useEffect(() => {
    if (source === undefined) return;
    log.setFilter({ levels, pattern: source === '' ? null : new RegExp(source, 'i') });
    view.current?.refresh();
  }, [log, levels, source]);

  return (
    <section className={css['pane']} aria-label={texts.logs}>
      <LogTools
        text={text}
        onText={setText}
        regex={regex}
        onRegex={setRegex}
        bad={pattern === undefined}
        levels={levels}
        onLevels={setLevels}
        onDownload={() => {
          saveText('containers.log', [...buffer.export(timestamps)]);
        }}
      />
      <LogView
        ref={view}
        buffer={buffer}
        label={texts.logs}
        wrap={wrap}
        timestamps={timestamps}
        pattern={pattern ?? null}
        current={-1}
      />
    </section>
  );
}
