import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import css from './Button.module.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly variant?: 'primary' | 'secondary' | 'quiet' | 'danger';
  readonly size?: 'small' | 'medium';
  readonly icon?: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A button with words. A screen's first `primary` one is what Ctrl+Enter presses. */
export function Button({ variant = 'secondary', size = 'medium', icon, children, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      data-primary={variant === 'primary' ? '' : undefined}
      {...rest}
      className={[css['button'], css[variant], css[size], className].join(' ')}
    >
      {icon}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  /** What it does, for the tooltip and for screen readers. */
  readonly label: string;
  readonly icon: ReactNode;
  readonly danger?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A button with a picture only; its label is its tooltip. */
export function IconButton({ label, icon, danger = false, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={[css['icon'], danger ? css['iconDanger'] : '', className].join(' ')}
    >
      {icon}
    </button>
  );
}
