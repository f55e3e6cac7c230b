import type { ReactNode } from 'react';
import css from './EmptyState.module.css';

interface EmptyStateProps {
  readonly picture?: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** What a screen shows when it has nothing to show: what this is, and what to do next. */
export function EmptyState({ picture, title, children, actions }: EmptyStateProps) {
  return (
    <div className={css['empty']}>
      {picture !== undefined && <div className={css['picture']}>{picture}</div>}
      <h2>{title}</h2>
      {children !== undefined && <div className={css['text']}>{children}</div>}
      {actions !== undefined && <div className={css['actions']}>{actions}</div>}
    </div>
  );
}
