import { useEffect, useRef, type ReactNode } from 'react';
import css from './Page.module.css';
import { focusTitle, isFocusLost } from './return-focus.ts';

interface PageProps {
  readonly title: string;
  /** Shown after the title, for example how many rows there are; each element of it whole or, without room, not at all. */
  readonly note?: ReactNode;
  readonly before?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A screen: one heading, which takes the focus when the screen appears, tools beside it, and the content. */
export function Page({ title, note, before, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (heading.current !== null) focusTitle(heading.current);
    document.title = `${title} · Berth`;
  }, [title]);
  // The last row of a list goes, and the list with it: the keyboard stays on the screen.
  useEffect(() => {
    if (isFocusLost()) heading.current?.focus({ preventScroll: true });
  });
  return (
    <main className={css['page']}>
      <header className={css['header']}>
        {before}
        <h1 ref={heading} tabIndex={-1} className={css['title']}>
          {title}
        </h1>
        {note !== undefined && <div className={css['note']}>{note}</div>}
        <div className={css['actions']}>{actions}</div>
      </header>
      {children}
    </main>
  );
}
