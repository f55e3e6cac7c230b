import { gallery as texts } from '../../strings/gallery.ts';
import { Section } from '../../ui/Section.tsx';
import css from './Gallery.module.css';

/** Colours by what they are for (`ui/tokens.css`). */
const COLOURS = [
  'bg',
  'bg-rail',
  'surface',
  'surface-2',
  'hover',
  'active',
  'selected',
  'line',
  'control-line',
  'text',
  'text-2',
  'text-3',
  'accent',
  'accent-soft',
  'buoy',
  'good',
  'good-soft',
  'warn',
  'warn-soft',
  'bad',
  'bad-soft',
  'idle',
] as const;

const SIZES = ['xl', 'lg', 'md', 'sm', 'xs'] as const;

export function Colours() {
  return (
    <Section title={texts.colours}>
      <ul className={css['colours']}>
        {COLOURS.map((name) => (
          <li key={name}>
            <span className={css['colour']} style={{ background: `var(--${name})` }} />
            <code>{name}</code>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function Type() {
  return (
    <Section title={texts.type}>
      {SIZES.map((size) => (
        <p key={size} style={{ fontSize: `var(--text-${size})` }}>
          {texts.sans}
        </p>
      ))}
      <p>
        <code>{texts.mono}</code>
      </p>
    </Section>
  );
}
