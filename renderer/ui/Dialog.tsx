import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { useRef, type ReactNode } from 'react';
import { common } from '../strings/common.ts';
import { IconButton } from './Button.tsx';
import css from './Dialog.module.css';
import { returnFocus } from './return-focus.ts';

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: string;
  readonly wide?: boolean;
  /** Nothing in it is to be pressed: the keyboard scrolls it. */
  readonly isText?: boolean;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  /** Why what it is for could not be done, and what to do about it. */
  readonly failure?: { readonly message: string; readonly hint?: string | undefined } | null;
  /** What Enter does in a line of text, and Ctrl+Enter anywhere. */
  readonly onPrimary?: () => void;
}

const LINES: ReadonlySet<string> = new Set(['text', 'password', 'search', 'number', 'time', 'datetime-local']);

/** Whether something holds one line of text, where Enter has no other meaning. */
function isLine(target: EventTarget): boolean {
  return target instanceof HTMLInputElement && LINES.has(target.type);
}

/** A modal dialog: title, scrolling body, buttons at the bottom. */
export function Dialog(props: DialogProps) {
  const {
    open,
    onClose,
    title,
    description,
    wide = false,
    isText = false,
    children,
    footer,
    failure,
    onPrimary,
  } = props;
  const body = useRef<HTMLDivElement>(null);
  return (
    <Radix.Root
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Radix.Portal>
        <Radix.Overlay className={css['scrim']} />
        <Radix.Content
          className={[css['dialog'], wide ? css['wide'] : ''].join(' ')}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          onOpenAutoFocus={(event) => {
            // What the dialog is for comes before the button that closes it.
            const first = isText
              ? body.current
              : body.current?.querySelector<HTMLElement>('input, select, textarea, button');
            if (first === null || first === undefined) return;
            event.preventDefault();
            first.focus();
          }}
          onCloseAutoFocus={returnFocus}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.defaultPrevented || onPrimary === undefined) return;
            const isChord = event.ctrlKey || event.metaKey;
            if (!isChord && (event.nativeEvent.isComposing || !isLine(event.target))) return;
            event.preventDefault();
            onPrimary();
          }}
        >
          <header className={css['header']}>
            <div>
              <Radix.Title className={css['title']}>{title}</Radix.Title>
              {description !== undefined && (
                <Radix.Description className={css['description']}>{description}</Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton label={common.close} icon={<X size={16} />} />
            </Radix.Close>
          </header>
          <div ref={body} className={css['body']} {...(isText ? { tabIndex: 0 } : {})}>
            {children}
          </div>
          {footer !== undefined && (
            <div className={css['footer']}>
              {failure !== undefined && failure !== null && (
                <p role="alert" className={css['failure']}>
                  {failure.message} {failure.hint}
                </p>
              )}
              {footer}
            </div>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
