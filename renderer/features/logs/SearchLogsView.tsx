import { BellPlus, Bookmark, BookmarkPlus, BookmarkX, CircleX, Regex, Search, TextSearch } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useLocation, useParams } from 'wouter';
import { LOG_PATTERN_MAX } from '../../../runtime/contract/log-search.ts';
import { useContainers } from '../../data/containers.ts';
import { openDialog } from '../../data/dialogs.ts';
import { updateSettings, useSettings, type SavedSearch } from '../../data/settings.ts';
import { alerts } from '../../strings/alerts.ts';
import { common } from '../../strings/common.ts';
import { logSearch as texts } from '../../strings/log-search.ts';
import { logs as logTexts } from '../../strings/logs.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Select, TextField } from '../../ui/Field.tsx';
import { MenuButton, type MenuEntry } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { useMedia } from '../../ui/use-media.ts';
import { ContainerChoice } from './ContainerChoice.tsx';
import { FoundLog } from './FoundLog.tsx';
import { cancelLogSearch, RANGES, startLogSearch, timesOf, useLogSearch, type Range } from './log-search.ts';
import { LogsTabs } from './LogsTabs.tsx';
import merged from './MergedLogsView.module.css';
import { patternOf } from './pattern.ts';
import { isSaved, withoutSearch, withSearch } from './saved-searches.ts';
import css from './SearchLogsView.module.css';

/** Lines around each match: what was before is often why, what comes after what came of it. */
const CONTEXT_LINES = 2;

/** What was typed last, for who comes back from a log. */
let last = { text: '', regex: false, range: 'any' as Range, from: '', to: '' };

/** Looks for something in whole logs of any container. The choice of containers is in the address. */
export default function SearchLogsView() {
  const { ids = '' } = useParams<{ ids?: string }>();
  const [, setLocation] = useLocation();
  const byId = useContainers((state) => state.byId);
  const all = useMemo(() => [...byId.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), [byId]);
  const chosen = useMemo(() => {
    const prefixes = ids.split('+').filter(Boolean);
    return all.filter(({ id }) => prefixes.some((prefix) => id.startsWith(prefix)));
  }, [all, ids]);
  const narrow = useMedia('(max-width: 720px)');
  return (
    <Page title={logTexts.mergedTitle}>
      <LogsTabs current="search" />
      <div className={merged['split']}>
        {!narrow && (
          <ContainerChoice
            label={texts.choice}
            all={all}
            chosen={chosen}
            onChoose={(next) => {
              setLocation(`/logs/search/${next.map(({ id }) => id.slice(0, 12)).join('+')}`, { replace: true });
            }}
          >
            <Button
              size="small"
              variant="quiet"
              aria-pressed={chosen.length === 0}
              onClick={() => {
                setLocation('/logs/search', { replace: true });
              }}
            >
              {texts.all}
            </Button>
          </ContainerChoice>
        )}
        <section className={merged['pane']} aria-label={texts.title}>
          <Form ids={chosen.map(({ id }) => id)} />
          <Results />
        </section>
      </div>
    </Page>
  );
}

function Form({ ids }: { readonly ids: readonly string[] }) {
  const [form, setForm] = useState(last);
  const searching = useLogSearch((state) => state.phase === 'searching');
  const pattern = patternOf(form.text, form.regex);
  const usable = pattern !== null && pattern !== undefined && form.text.length <= LOG_PATTERN_MAX;
  const change = (patch: Partial<typeof form>) => {
    last = { ...form, ...patch };
    setForm(last);
  };
  const begin = ({ text, regex, range, from, to }: typeof form) => {
    startLogSearch({
      pattern: text,
      regex,
      ids: [...ids],
      context: CONTEXT_LINES,
      ...timesOf(range, from, to, Date.now()),
    });
  };
  const start = () => {
    if (usable) begin(form);
  };
  const saved = useSettings((settings) => settings.logSearches);
  const current: SavedSearch = {
    text: form.text,
    regex: form.regex,
    range: form.range === 'custom' ? 'any' : form.range,
  };
  const savedMenu = (): MenuEntry[] => [
    ...(usable
      ? [
          isSaved(saved, current)
            ? {
                id: 'forget',
                label: texts.forgetSearch,
                icon: <BookmarkX size={15} />,
                run: () => {
                  updateSettings({ logSearches: withoutSearch(saved, current) });
                },
              }
            : {
                id: 'keep',
                label: texts.keepSearch,
                icon: <BookmarkPlus size={15} />,
                run: () => {
                  updateSettings({ logSearches: withSearch(saved, current) });
                },
              },
        ]
      : []),
    ...(usable && saved.length > 0 ? (['separator'] as const) : []),
    ...saved.map((one, index) => ({
      id: String(index),
      label: texts.savedSearch(one.text, one.range === 'any' ? '' : texts.ranges[one.range]),
      icon: one.regex ? <Regex size={15} /> : <TextSearch size={15} />,
      run: () => {
        change(one);
        begin({ ...form, ...one });
      },
    })),
  ];
  return (
    <div className={css['form']} role="search">
      <div className={css['what']}>
        <TextField
          inline
          mono
          label={texts.what}
          placeholder={texts.what}
          value={form.text}
          error={pattern === undefined ? logTexts.badRegex : undefined}
          onChange={(text) => {
            change({ text });
          }}
          onEnter={start}
        />
      </div>
      <IconButton
        label={logTexts.regex}
        aria-pressed={form.regex}
        className={form.regex ? css['on'] : ''}
        icon={<Regex size={15} />}
        onClick={() => {
          change({ regex: !form.regex });
        }}
      />
      {searching ? (
        <Button icon={<CircleX size={15} />} onClick={cancelLogSearch}>
          {common.cancel}
        </Button>
      ) : (
        <Button variant="primary" icon={<Search size={15} />} disabled={!usable} onClick={start}>
          {texts.search}
        </Button>
      )}
      <IconButton
        label={alerts.alertOn}
        icon={<BellPlus size={15} />}
        disabled={!usable}
        onClick={() => {
          openDialog({ kind: 'alert-rule', given: { pattern: form.text, regex: form.regex } });
        }}
      />
      {(usable || saved.length > 0) && (
        <MenuButton label={texts.savedSearches} icon={<Bookmark size={15} />} entries={savedMenu} />
      )}
      <div className={css['range']}>
        <Select
          inline
          label={texts.range}
          value={form.range}
          options={RANGES.map((value) => ({ value, label: texts.ranges[value] }))}
          onChange={(value) => {
            change({ range: RANGES.find((one) => one === value) ?? 'any' });
          }}
        />
      </div>
      {form.range === 'custom' &&
        (['from', 'to'] as const).map((end) => (
          <div key={end} className={css['moment']}>
            <TextField
              inline
              type="datetime-local"
              label={texts[end]}
              value={form[end]}
              onChange={(value) => {
                change({ [end]: value });
              }}
            />
          </div>
        ))}
    </div>
  );
}

function Results() {
  const { phase, error, logs, kept } = useLogSearch();
  if (phase === 'idle') {
    return (
      <EmptyState picture={<TextSearch size={40} strokeWidth={1.5} />} title={texts.title}>
        {texts.text}
      </EmptyState>
    );
  }
  const shown = logs.filter(({ matches, progress }) => matches.length > 0 || progress?.state === 'failed');
  const ended = logs.filter(({ progress }) => progress !== null && progress.state !== 'reading').length;
  const sum = (of: 'found' | 'lines') => logs.reduce((total, { progress }) => total + (progress?.[of] ?? 0), 0);
  const isCut = logs.some(({ progress }) => (progress?.found ?? 0) > kept);
  return (
    <>
      <p className={css['status']} role="status">
        {phase === 'cancelled' && <strong>{texts.cancelled}</strong>}
        <span>{ended === logs.length ? texts.searched(logs.length) : texts.reading(ended, logs.length)}</span>
        <span>{texts.lines(sum('lines'))}</span>
        <span>{texts.matches(sum('found'))}</span>
        {isCut && <span>{texts.limit(kept)}</span>}
      </p>
      {error !== null && (
        <p role="alert" className={css['failure']}>
          {error.message} {error.hint}
        </p>
      )}
      {phase === 'done' && shown.length === 0 ? (
        <EmptyState title={texts.noMatch}>{texts.noMatchText}</EmptyState>
      ) : (
        <div className={css['results']}>
          {shown.map((found) => (
            <FoundLog key={found.source.id} found={found} />
          ))}
        </div>
      )}
    </>
  );
}
