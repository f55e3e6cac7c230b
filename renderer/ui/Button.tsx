import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import css from './Button.module.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly variant?: 'primary' | 'secondary' | 'quiet' | 'danger';
  readonly size?: 'small' | 'medium';
  readonly icon?: ReactNode;
  /** What it does is being done: it keeps the keyboard, and is pressed in vain. */
  readonly busy?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A button with words. A screen's first `primary` one is what Ctrl+Enter presses. */
export function Button(props: ButtonProps) {
  const { variant = 'secondary', size = 'medium', icon, busy = false, children, className, onClick, ...rest } = props;
  return (
    <button
      type="button"
      data-primary={variant === 'primary' ? '' : undefined}
      {...rest}
      {...(busy ? { 'aria-busy': true, 'aria-disabled': true } : { onClick })}
      className={[css['button'], css[variant], css[size], className].join(' ')}
    >
      {busy ? <span className={css['turning']} aria-hidden="true" /> : icon}
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
