import {
  AArrowDown,
  AArrowUp,
  Columns2,
  Ellipsis,
  Moon,
  Palette,
  Plus,
  Search,
  SquareTerminal,
  Sun,
  Type,
  Volume2,
  X,
} from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import type { InputOf, SessionInfo } from '../../../runtime/contract/contract.ts';
import { call, useConnection } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { retried } from '../../data/retried.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { terminal as texts } from '../../strings/terminal.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { MenuButton, type MenuEntry } from '../../ui/Menu.tsx';
import { useLatest } from '../../ui/use-latest.ts';
import { changeFontSize } from './font-size.ts';
import css from './TerminalTabs.module.css';
import { useTerminalKeys } from './use-terminal-keys.ts';

const TerminalView = lazy(retried(() => import('./TerminalView.tsx')));

type Target = InputOf<'terminal'>['target'];

interface Tab {
  /** Of the page, not of the session: a tab exists before its session does. */
  readonly key: string;
  readonly target: Target;
  readonly title: string;
  readonly session: SessionInfo | null;
  readonly exitCode: number | null;
  readonly failed: boolean;
  /** Whether there was nothing to start: what was asked for is not in the container. */
  readonly isMissing: boolean;
}

/** A terminal that is to be opened. */
export interface NewTerminal {
  readonly target: Target;
  readonly title: string;
}

interface TerminalTabsProps {
  /** Which of the bridge's sessions belong here. */
  readonly owns: (session: SessionInfo) => boolean;
  readonly newTarget: () => NewTerminal;
  /** Whether a first terminal opens by itself. */
  readonly autoOpen: boolean;
  readonly canOpen: boolean;
  /** Whether something else was asked for elsewhere: it is taken and opened in place of a first terminal. */
  readonly asked?: boolean;
  readonly takeAsked?: () => NewTerminal;
  readonly tools?: (open: (terminal: NewTerminal) => void) => ReactNode;
  readonly emptyText: string;
  /** The way to the files, where no terminal can be opened or one does not show them. */
  readonly fileTools?: ReactNode;
  /** What is offered when the terminal on the screen found nothing to start. */
  readonly offer?: (open: (terminal: NewTerminal) => void) => ReactNode;
}

/** Codes of a command that is not there, or is no program. */
const NOT_STARTED: ReadonlySet<number | null> = new Set([126, 127]);
/** A session that ended so soon with one of these ran nothing; in milliseconds. */
const AT_ONCE_MS = 3000;

/** What a session is called; the bridge names programs, and has no words of a person's language. */
function titleOf({ kind, title }: SessionInfo): string {
  return kind === 'attach' ? texts.attachTitle : title;
}

/** Whether a terminal is joined to the container's main process. */
function isAttached({ target, session, exitCode, failed }: Tab): boolean {
  return (session?.kind ?? target.kind) === 'attach' && exitCode === null && !failed;
}

let nextKey = 1;

/** Terminals side by side as tabs. Sessions live in the bridge: coming back, or reloading, finds them as they were. */
export function TerminalTabs(props: TerminalTabsProps) {
  const { owns, newTarget, autoOpen, canOpen, tools, emptyText, fileTools, offer, asked = false } = props;
  const [tabs, setTabs] = useState<readonly Tab[]>([]);
  const [active, setActive] = useState<string | null>(null);
  /** The one that stays beside the active one while two are shown. */
  const [beside, setBeside] = useState<string | null>(null);
  const [split, setSplit] = useState(false);
  const [finding, setFinding] = useState<string | null>(null);
  const [loaded, setLoaded] = useState(false);
  const connected = useConnection((state) => state.generation > 0);
  const latest = useLatest({ owns, newTarget, takeAsked: props.takeAsked });
  /** Once there was a terminal, none opens by itself any more. */
  const opened = useRef(false);

  const activate = (key: string) => {
    // The one that had the keys stays in sight.
    if (key !== active) setBeside(key === beside || !split ? active : beside);
    setActive(key);
  };
  const open = ({ target, title }: NewTerminal) => {
    const attached = target.kind === 'attach' ? tabs.find(isAttached) : undefined;
    if (attached !== undefined) {
      // There is one main process: a second terminal of it would only say the same twice.
      activate(attached.key);
      return;
    }
    const key = `tab-${String(nextKey++)}`;
    opened.current = true;
    setTabs((before) => [
      ...before,
      { key, target, title, session: null, exitCode: null, failed: false, isMissing: false },
    ]);
    activate(key);
  };
  const add = () => {
    open(latest.current.newTarget());
  };
  const addRef = useLatest(add);
  const openRef = useLatest(open);
  const change = (key: string, patch: Partial<Tab>) => {
    setTabs((before) => before.map((tab) => (tab.key === key ? { ...tab, ...patch } : tab)));
  };

  useEffect(() => {
    if (!connected) return undefined;
    let stopped = false;
    const load = async () => {
      const sessions = (await call('sessions.list', {})).filter((session) => latest.current.owns(session));
      if (stopped) return;
      const found = sessions.map((session): Tab => ({
        key: `tab-${String(nextKey++)}`,
        target: { kind: 'session', sessionId: session.id },
        title: titleOf(session),
        session,
        exitCode: session.exitCode,
        failed: false,
        isMissing: session.kind === 'exec' && NOT_STARTED.has(session.exitCode),
      }));
      setTabs(found);
      setActive(found.at(-1)?.key ?? null);
      opened.current ||= found.length > 0;
      setLoaded(true);
    };
    drop(load());
    return () => {
      stopped = true;
    };
  }, [connected, latest]);

  // A container that was just made may only start to run after this came up.
  useEffect(() => {
    if (!loaded || !canOpen) return;
    const terminal = asked ? latest.current.takeAsked?.() : undefined;
    if (terminal !== undefined) openRef.current(terminal);
    else if (autoOpen && !opened.current) addRef.current();
  }, [loaded, autoOpen, canOpen, asked, addRef, openRef, latest]);

  const go = (by: number) => {
    const at = tabs.findIndex(({ key }) => key === active);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (next !== undefined) activate(next.key);
  };
  useTerminalKeys({ onNew: canOpen ? add : null, onGo: go });

  const close = (tab: Tab) => {
    if (tab.session !== null) drop(call('sessions.close', { id: tab.session.id }).catch(() => {}));
    const rest = tabs.filter((one) => one.key !== tab.key);
    setTabs(rest);
    if (active === tab.key) setActive(rest[Math.max(0, tabs.indexOf(tab) - 1)]?.key ?? null);
  };

  const other = tabs.find(({ key }) => key === beside && key !== active) ?? tabs.find(({ key }) => key !== active);
  const shown = new Set(split && other !== undefined ? [active, other.key] : [active]);
  const missing = tabs.find(({ key, isMissing }) => key === active && isMissing);
  const hidesFiles = tabs.some(({ key, session }) => key === active && session?.hidesFiles === true);
  const toggleSplit = () => {
    setSplit(!split);
    if (!split && tabs.length < 2 && canOpen) {
      setBeside(active);
      add();
    }
  };

  return (
    <section className={css['area']} aria-label={texts.terminals}>
      <div className={css['bar']}>
        <ul aria-label={texts.open} className={css['tabs']}>
          {tabs.map((tab, index) => {
            const ending = tab.failed ? texts.failed : tab.exitCode === null ? '' : texts.ended(tab.exitCode);
            return (
              <li key={tab.key} className={css['tab']} data-on={tab.key === active}>
                <button
                  type="button"
                  aria-current={tab.key === active}
                  aria-label={texts.tab(index + 1, tab.title, ending)}
                  className={css['name']}
                  onClick={() => {
                    activate(tab.key);
                  }}
                >
                  <SquareTerminal size={13} aria-hidden />
                  {tab.title}
                  {ending !== '' && <span className={css['ended']}>{ending}</span>}
                </button>
                <IconButton
                  label={texts.close(index + 1)}
                  icon={<X size={13} />}
                  className={css['close']}
                  onClick={() => {
                    close(tab);
                  }}
                />
              </li>
            );
          })}
        </ul>
        <IconButton
          label={texts.newTerminal}
          title={`${texts.newTerminal} (Ctrl+Shift+\`)`}
          icon={<Plus size={15} />}
          disabled={!canOpen}
          onClick={add}
        />
        <IconButton
          label={texts.split}
          aria-pressed={split}
          className={split ? css['on'] : ''}
          icon={<Columns2 size={15} />}
          disabled={tabs.length === 0}
          onClick={toggleSplit}
        />
        <IconButton
          label={`${texts.find} (Ctrl+Shift+F)`}
          icon={<Search size={15} />}
          disabled={active === null}
          onClick={() => {
            setFinding(finding === active ? null : active);
          }}
        />
        <MenuButton label={texts.options} icon={<Ellipsis size={16} />} entries={optionsMenu} />
        <div className={css['tools']}>{tools?.(open)}</div>
      </div>
      {missing !== undefined && offer !== undefined && (
        <div className={css['offer']} role="status">
          {offer((terminal) => {
            close(missing);
            open(terminal);
          })}
        </div>
      )}
      {hidesFiles && (
        <div className={css['offer']} role="status">
          <p>{texts.hidesFiles}</p>
          {fileTools}
        </div>
      )}
      <div className={css['body']} data-split={shown.size > 1}>
        {loaded && tabs.length === 0 && (
          <div className={css['none']}>
            <p>{emptyText}</p>
            {canOpen && (
              <Button variant="primary" icon={<SquareTerminal size={15} />} onClick={add}>
                {texts.openOne}
              </Button>
            )}
            {!canOpen && fileTools}
          </div>
        )}
        <Suspense>
          {tabs.map((tab) => (
            <TerminalView
              key={tab.key}
              target={tab.target}
              label={texts.label(tab.title)}
              visible={shown.has(tab.key)}
              active={tab.key === active}
              finding={tab.key === finding}
              onFinding={(on) => {
                setFinding(on ? tab.key : null);
              }}
              onFocus={() => {
                activate(tab.key);
              }}
              onSession={(session) => {
                change(tab.key, { session, title: titleOf(session) });
              }}
              onEnd={(exitCode, error) => {
                const isMissing =
                  tab.target.kind === 'exec' &&
                  (exitCode === null
                    ? error?.code === 'invalid' || error?.code === 'not-found'
                    : NOT_STARTED.has(exitCode) && // One that ends before it is known when it began has not lasted.
                      Date.now() - (tab.session?.startedAt ?? Date.now()) < AT_ONCE_MS);
                change(tab.key, { exitCode, failed: error !== null, isMissing: isMissing || tab.isMissing });
              }}
            />
          ))}
        </Suspense>
      </div>
    </section>
  );
}

/** What can be chosen for all terminals. */
function optionsMenu(): MenuEntry[] {
  const size = 15;
  const change = (by: number) => () => {
    changeFontSize(by);
  };
  const { terminalReader, terminalColours } = useSettings.getState();
  const chosen = (label: string, isChosen: boolean) => `${label}${isChosen ? ' ✓' : ''}`;
  const icons = { app: <Palette size={size} />, light: <Sun size={size} />, dark: <Moon size={size} /> };
  return [
    { id: 'bigger', label: texts.bigger, keys: 'Ctrl+=', icon: <AArrowUp size={size} />, run: change(1) },
    { id: 'smaller', label: texts.smaller, keys: 'Ctrl+-', icon: <AArrowDown size={size} />, run: change(-1) },
    { id: 'normal', label: texts.normalSize, keys: 'Ctrl+0', icon: <Type size={size} />, run: change(0) },
    'separator',
    ...(['app', 'light', 'dark'] as const).map((colours) => ({
      id: `colours-${colours}`,
      label: chosen(texts.colours[colours], terminalColours === colours),
      icon: icons[colours],
      run: () => {
        updateSettings({ terminalColours: colours });
      },
    })),
    'separator',
    {
      id: 'reader',
      label: chosen(texts.reader, terminalReader),
      icon: <Volume2 size={size} />,
      run: () => {
        updateSettings({ terminalReader: !terminalReader });
      },
    },
  ];
}
