import css from './Segmented.module.css';

interface SegmentedProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly count?: number }[];
  readonly onChange: (value: Value) => void;
}

/** A choice of a few, all visible at once. Radio buttons underneath, so arrows move within it. */
export function Segmented<Value extends string>({ label, value, options, onChange }: SegmentedProps<Value>) {
  return (
    <div role="radiogroup" aria-label={label} className={css['group']}>
      {options.map((option) => (
        <label key={option.value} className={css['option']} data-on={option.value === value}>
          <input
            type="radio"
            name={label}
            checked={option.value === value}
            onChange={() => {
              onChange(option.value);
            }}
          />
          {option.label}
          {option.count !== undefined && <span className={css['count']}>{option.count}</span>}
        </label>
      ))}
    </div>
  );
}
