import { useEffect, useId, type ReactNode, type Ref } from 'react';
import css from './Field.module.css';

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  /** Without a visible label, where the surroundings say it. */
  readonly inline?: boolean;
  /** Not to be changed from here; the hint says why. */
  readonly disabled?: boolean;
}

function Field({
  id,
  label,
  hint,
  error,
  inline = false,
  children,
}: Omit<FieldProps, 'disabled'> & { readonly id: string; readonly children: ReactNode }) {
  return (
    <div className={css['field']}>
      <label htmlFor={id} className={inline ? 'visually-hidden' : css['label']}>
        {label}
      </label>
      {children}
      {error !== undefined ? (
        <p id={`${id}-note`} className={css['error']}>
          {error}
        </p>
      ) : (
        hint !== undefined && (
          <p id={`${id}-note`} className={css['hint']}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly mono?: boolean;
  /** Not to be read over a shoulder. */
  readonly secret?: boolean;
  readonly autoFocus?: boolean;
  readonly list?: readonly string[];
  /** What is asked for, where the platform has a field for it. */
  readonly type?: 'text' | 'time' | 'datetime-local';
  readonly ref?: Ref<HTMLInputElement>;
  readonly onEnter?: () => void;
}

/** One line of text. */
export function TextField({
  value,
  onChange,
  placeholder,
  mono,
  secret = false,
  autoFocus,
  list,
  type = 'text',
  ref,
  onEnter,
  disabled = false,
  ...field
}: TextFieldProps) {
  const id = useId();
  useEffect(() => {
    // What is proposed gives way to the first letter, as everywhere.
    const input = document.getElementById(id);
    if (autoFocus === true && input instanceof HTMLInputElement) input.select();
  }, [autoFocus, id]);
  return (
    <Field {...field} id={id}>
      <input
        ref={ref}
        id={id}
        type={secret ? 'password' : type}
        className={[css['input'], mono === true ? css['mono'] : ''].join(' ')}
        value={value}
        disabled={disabled}
        placeholder={placeholder}
        // Autofocus only in dialogs, where the first field is what one came for
        autoFocus={autoFocus}
        spellCheck={false}
        autoComplete="off"
        list={list === undefined ? undefined : `${id}-list`}
        aria-invalid={field.error !== undefined}
        aria-describedby={field.error !== undefined || field.hint !== undefined ? `${id}-note` : undefined}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && onEnter !== undefined) {
            event.preventDefault();
            onEnter();
          }
        }}
      />
      {list !== undefined && (
        <datalist id={`${id}-list`}>
          {list.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
    </Field>
  );
}

interface SelectProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** One of several; the platform's own control. */
export function Select({ value, onChange, options, disabled = false, ...field }: SelectProps) {
  const id = useId();
  return (
    <Field {...field} id={id}>
      <select
        id={id}
        className={[css['input'], css['select']].join(' ')}
        value={value}
        disabled={disabled}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface CheckboxProps {
  readonly label: string;
  readonly hint?: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Yes or no. */
export function Checkbox({ label, hint, checked, disabled = false, onChange }: CheckboxProps) {
  return (
    <label className={css['checkbox']}>
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
      <span>
        {label}
        {hint !== undefined && <span className={css['checkboxHint']}>{hint}</span>}
      </span>
    </label>
  );
}
