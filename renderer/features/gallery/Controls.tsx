import { Anchor, Ellipsis, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { gallery as texts } from '../../strings/gallery.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Checkbox, Select, TextField } from '../../ui/Field.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import { MenuButton } from '../../ui/Menu.tsx';
import { Section } from '../../ui/Section.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import css from './Gallery.module.css';

const nothing = () => undefined;

export function Buttons() {
  return (
    <Section title={texts.buttons}>
      <div className={css['line']}>
        <Button variant="primary" icon={<Anchor size={15} />}>
          {texts.primary}
        </Button>
        <Button>{texts.secondary}</Button>
        <Button variant="quiet">{texts.quiet}</Button>
        <Button variant="danger">{texts.danger}</Button>
        <Button size="small">{texts.small}</Button>
      </div>
      <div className={css['line']}>
        <Button variant="primary" disabled>
          {texts.off}
        </Button>
        <Button disabled>{texts.off}</Button>
        <IconButton label={texts.primary} icon={<Anchor size={15} />} />
        <IconButton danger label={texts.danger} icon={<Trash2 size={15} />} />
        <MenuButton
          label={texts.more}
          icon={<Ellipsis size={15} />}
          entries={() => [
            { id: 'do', label: texts.primary, icon: <Anchor size={15} />, keys: 'd', run: nothing },
            { id: 'off', label: texts.off, disabled: true, run: nothing },
            'separator',
            { id: 'remove', label: texts.danger, icon: <Trash2 size={15} />, keys: 'Del', danger: true, run: nothing },
          ]}
        />
      </div>
    </Section>
  );
}

export function Fields() {
  const [text, setText] = useState('quay');
  const [secret, setSecret] = useState('');
  const [choice, setChoice] = useState<string>(texts.choices[0] ?? '');
  const [ticked, setTicked] = useState(true);
  const [filter, setFilter] = useState('');
  const [part, setPart] = useState('1');
  return (
    <Section title={texts.fields}>
      <div className={css['fields']}>
        <TextField label={texts.field} value={text} onChange={setText} hint={texts.fieldHint} />
        <TextField label={texts.field} mono value={text} onChange={setText} error={texts.fieldError} />
        <TextField label={texts.secret} secret value={secret} onChange={setSecret} />
        <Select
          label={texts.choice}
          value={choice}
          onChange={setChoice}
          options={texts.choices.map((value) => ({ value, label: value }))}
        />
        <Checkbox label={texts.tick} hint={texts.tickHint} checked={ticked} onChange={setTicked} />
        <FilterBox label={texts.filter} value={filter} onChange={setFilter} />
        <Segmented
          label={texts.parts}
          value={part}
          onChange={setPart}
          options={['1', '2', '3'].map((value) => ({ value, label: value, count: Number(value) * 4 }))}
        />
      </div>
    </Section>
  );
}
