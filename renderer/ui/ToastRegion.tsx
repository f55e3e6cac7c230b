import { CircleAlert, CircleCheck, Info, X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { common } from '../strings/common.ts';
import { Button, IconButton } from './Button.tsx';
import { focusScreen } from './return-focus.ts';
import css from './ToastRegion.module.css';

export interface ToastView {
  readonly id: string;
  readonly tone: 'info' | 'good' | 'bad' | 'busy';
  readonly title: string;
  readonly details: readonly string[];
  readonly actions: readonly { readonly label: string; readonly run: () => void }[];
  readonly lifetimeMs: number | null;
  /** Its clock stands while the window is hidden. */
  readonly waits: boolean;
}

interface ToastRegionProps {
  readonly toasts: readonly ToastView[];
  /** `expired`: nobody chose one of the actions. */
  readonly onDismiss: (id: string, expired: boolean) => void;
}

const ICONS: Readonly<Record<ToastView['tone'], ReactNode>> = {
  info: <Info size={16} />,
  good: <CircleCheck size={16} />,
  bad: <CircleAlert size={16} />,
  busy: <span className={css['spinner']} />,
};

/** The corner where news appears. F8 leads to what can be done about the latest; pointing at it or focusing it stops the clocks. */
export function ToastRegion({ toasts, onDismiss }: ToastRegionProps) {
  const region = useRef<HTMLElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'F8') return;
      const latestFirst = [...(region.current?.children ?? [])].reverse();
      const actions = latestFirst.map((card) => card.querySelector<HTMLElement>('[data-action]'));
      const button = actions.find((action) => action !== null) ?? latestFirst[0]?.querySelector('button');
      button?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, []);
  return (
    <section ref={region} className={css['region']} aria-label={common.notifications}>
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} onDismiss={onDismiss} />
      ))}
    </section>
  );
}

function ToastCard({
  toast,
  onDismiss,
}: {
  readonly toast: ToastView;
  readonly onDismiss: ToastRegionProps['onDismiss'];
}) {
  const remaining = useRef(toast.lifetimeMs);
  const startedAt = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const resume = () => {
    if (remaining.current === null || (toast.waits && document.hidden)) return;
    startedAt.current = performance.now();
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      onDismiss(toast.id, true);
    }, remaining.current);
  };
  const pause = () => {
    clearTimeout(timer.current);
    // At least a second more, so that it does not vanish under the pointer that just left it.
    if (remaining.current !== null) {
      remaining.current = Math.max(1000, remaining.current - (performance.now() - startedAt.current));
    }
  };
  useEffect(() => {
    remaining.current = toast.lifetimeMs;
    resume();
    const onVisible = () => {
      if (!toast.waits) return;
      if (document.hidden) pause();
      else resume();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      clearTimeout(timer.current);
    };
    // A replaced toast starts its clock again; nothing else does.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [toast]);
  return (
    <div
      role={toast.tone === 'bad' ? 'alert' : 'status'}
      className={[css['toast'], css[toast.tone]].join(' ')}
      onPointerEnter={pause}
      onPointerLeave={resume}
      onFocus={pause}
      onBlur={resume}
    >
      <span className={css['icon']}>{ICONS[toast.tone]}</span>
      <div className={css['text']}>
        <div className={css['title']}>{toast.title}</div>
        {toast.details.map((line) => (
          <div key={line} className={css['detail']}>
            {line}
          </div>
        ))}
      </div>
      {toast.actions.map((action) => (
        <Button
          key={action.label}
          size="small"
          data-action=""
          onClick={() => {
            // The button goes with the news, and would take the keyboard along.
            focusScreen();
            onDismiss(toast.id, false);
            action.run();
          }}
        >
          {action.label}
        </Button>
      ))}
      <IconButton
        label={common.dismiss}
        icon={<X size={14} />}
        onClick={() => {
          focusScreen();
          onDismiss(toast.id, true);
        }}
      />
    </div>
  );
}
