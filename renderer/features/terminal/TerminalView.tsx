import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef, useState } from 'react';
import type { InputOf, SessionInfo } from '../../../runtime/contract/contract.ts';
import type { ClientStream } from '../../../runtime/rpc/client.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { open, useConnection } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { onFrame } from '../../data/frame.ts';
import { useSettings } from '../../data/settings.ts';
import { copyText, openExternal } from '../../platform/host.ts';
import { terminal as texts } from '../../strings/terminal.ts';
import { useLatest } from '../../ui/use-latest.ts';
import { FindBar } from './FindBar.tsx';
import { changeFontSize } from './font-size.ts';
import { hasGraphicsCard } from './hardware.ts';
import { terminalColours, terminalTheme } from './theme.ts';
import css from './TerminalView.module.css';

type Target = InputOf<'terminal'>['target'];

interface TerminalViewProps {
  readonly target: Target;
  readonly label: string;
  readonly visible: boolean;
  /** Whether it is the one that is typed into. */
  readonly active: boolean;
  /** Whether its search is open. */
  readonly finding: boolean;
  readonly onFinding: (finding: boolean) => void;
  readonly onFocus: () => void;
  readonly onSession: (session: SessionInfo) => void;
  readonly onEnd: (exitCode: number | null, error: BridgeError | null) => void;
}

/** Lines kept above the screen. */
const SCROLLBACK_LINES = 10_000;

function follow(event: MouseEvent, uri: string): void {
  if ((event.ctrlKey || event.metaKey) && /^https?:/i.test(uri)) openExternal(uri);
}

/** One terminal on the screen, connected to one session of the bridge. */
export default function TerminalView(props: TerminalViewProps) {
  const { target, label, visible, active, finding, onFinding, onFocus, onSession, onEnd } = props;
  const host = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal | null>(null);
  const callbacks = useLatest({ onSession, onEnd, onFinding, onFocus });
  const [search] = useState(() => new SearchAddon());
  const fontSize = useSettings((settings) => settings.terminalFontSize);
  const colours = useSettings((settings) => settings.terminalColours);
  const reader = useSettings((settings) => settings.terminalReader);
  const looks = useLatest({ fontSize, reader });
  const refit = useRef(() => {});
  const repaint = useRef(() => {});
  const firstTarget = useRef(target);
  const firstLabel = useRef(label);
  const sessionId = useRef<string | null>(null);
  const generation = useConnection((state) => state.generation);

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const xterm = new Terminal({
      allowProposedApi: true,
      fontFamily: '"JetBrains Mono Variable", "JetBrains Mono", monospace',
      fontSize: looks.current.fontSize,
      screenReaderMode: looks.current.reader,
      lineHeight: 1.2,
      cursorBlink: true,
      scrollback: SCROLLBACK_LINES,
      theme: terminalTheme(),
      // Links that a program writes as such (OSC 8); the addon below finds those that are plain text.
      linkHandler: {
        activate: (event, uri) => {
          follow(event, uri);
        },
      },
    });
    terminal.current = xterm;
    const fit = new FitAddon();
    xterm.loadAddon(fit);
    xterm.loadAddon(new Unicode11Addon());
    xterm.unicode.activeVersion = '11';
    xterm.loadAddon(
      new WebLinksAddon(follow, {
        hover: (_event, uri) => {
          element.title = texts.linkHint(uri);
        },
        leave: () => {
          element.title = '';
        },
      }),
    );
    xterm.loadAddon(search);
    xterm.attachCustomKeyEventHandler((event) => {
      if (event.type !== 'keydown') return true;
      if (event.ctrlKey && event.shiftKey && event.code === 'KeyF') {
        event.preventDefault();
        callbacks.current.onFinding(true);
        return false;
      }
      if ((event.ctrlKey || event.metaKey) && !event.altKey) {
        const size = { '+': 1, '=': 1, '-': -1, '0': 0 }[event.key];
        if (size !== undefined) {
          event.preventDefault();
          changeFontSize(size);
          return false;
        }
      }
      if (event.key === 'F6') return false;
      if (event.ctrlKey && event.shiftKey && event.code === 'KeyC') {
        event.preventDefault();
        if (xterm.hasSelection()) drop(copyText(xterm.getSelection()));
        return false;
      }
      // The browser turns these into a paste event, which the terminal takes.
      if (event.ctrlKey && event.shiftKey && event.code === 'KeyV') return false;
      return !(event.ctrlKey && event.shiftKey);
    });
    xterm.open(element);
    xterm.textarea?.setAttribute('aria-label', firstLabel.current);
    if (hasGraphicsCard()) {
      drop(
        import('@xterm/addon-webgl').then(({ WebglAddon }) => {
          const webgl = new WebglAddon();
          webgl.onContextLoss(() => {
            webgl.dispose();
          });
          if (terminal.current === xterm) xterm.loadAddon(webgl);
        }),
      );
    }
    const resize = () => {
      if (element.clientWidth > 0 && element.clientHeight > 0) fit.fit();
    };
    refit.current = resize;
    resize();
    // Metrics are a little off until the font is there.
    drop(document.fonts.load('13px "JetBrains Mono Variable"').then(resize));
    const sizes = new ResizeObserver(() => {
      onFrame(resize);
    });
    sizes.observe(element);
    const paint = () => {
      xterm.options.theme = terminalTheme();
      element.dataset['colours'] = terminalColours();
    };
    paint();
    repaint.current = paint;
    const themes = new MutationObserver(paint);
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const focused = () => {
      callbacks.current.onFocus();
    };
    element.addEventListener('focusin', focused);
    return () => {
      element.removeEventListener('focusin', focused);
      terminal.current = null;
      sizes.disconnect();
      themes.disconnect();
      xterm.dispose();
    };
  }, [callbacks, looks, search]);

  useEffect(() => {
    repaint.current();
  }, [colours]);
  useEffect(() => {
    const xterm = terminal.current;
    if (xterm === null) return;
    xterm.options.fontSize = fontSize;
    xterm.options.screenReaderMode = reader;
    refit.current();
  }, [fontSize, reader]);

  // Connects, and after a lost connection joins the same session again: it went on without us.
  useEffect(() => {
    const xterm = terminal.current;
    if (xterm === null || generation === 0) return undefined;
    const known = sessionId.current;
    if (known !== null) xterm.reset();
    const encoder = new TextEncoder();
    const stream: ClientStream = open(
      'terminal',
      {
        target: known === null ? firstTarget.current : { kind: 'session', sessionId: known },
        size: { columns: xterm.cols, rows: xterm.rows },
      },
      {
        onItem: (message) => {
          if (message.kind === 'ready') {
            sessionId.current = message.session.id;
            callbacks.current.onSession(message.session);
            // The size may have changed while the session was opening.
            stream.sendItem({ kind: 'resize', size: { columns: xterm.cols, rows: xterm.rows } });
          } else {
            callbacks.current.onEnd(message.exitCode, null);
            xterm.options.cursorBlink = false;
            xterm.write(`\r\n\x1b[3m${texts.sessionEnded(message.exitCode)}\x1b[0m\r\n`);
          }
        },
        onData: (bytes, done) => {
          xterm.write(bytes, done);
        },
      },
    );
    drop(
      stream.closed.catch((thrown: unknown) => {
        const error = BridgeError.from(thrown);
        if (error.code === 'cancelled' || error.code === 'disconnected') return;
        callbacks.current.onEnd(null, error);
        xterm.write(`\r\n\x1b[31m${error.message}\x1b[0m\r\n`);
      }),
    );
    const input = [
      xterm.onData((text) => {
        drop(stream.sendData(encoder.encode(text)));
      }),
      xterm.onBinary((text) => {
        drop(stream.sendData(Uint8Array.from(text, (character) => character.charCodeAt(0))));
      }),
      xterm.onResize(({ cols, rows }) => {
        stream.sendItem({ kind: 'resize', size: { columns: cols, rows } });
      }),
    ];
    return () => {
      for (const one of input) one.dispose();
      stream.cancel();
    };
  }, [generation, callbacks]);

  useEffect(() => {
    if (visible && active) terminal.current?.focus();
  }, [visible, active]);

  return (
    <div className={css['pane']} hidden={!visible} data-active={active}>
      {finding && (
        <FindBar
          search={search}
          onClose={() => {
            onFinding(false);
            terminal.current?.focus();
          }}
        />
      )}
      <div ref={host} className={css['terminal']} data-testid="terminal" hidden={!visible} />
    </div>
  );
}
