import { navigate } from 'wouter/use-hash-location';
import { system as texts } from '../../strings/system.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { formatBytes } from '../../ui/format.ts';
import css from './RestDialog.module.css';
import { nameOf, pathOf, wordsOf, type Sized } from './model.ts';

interface RestDialogProps {
  readonly items: readonly Sized[];
  readonly onClose: () => void;
}

/** What shares one tile of the map, the largest first; each leads to where it would have led with a tile of its own. */
export function RestDialog({ items, onClose }: RestDialogProps) {
  const size = formatBytes(items.reduce((sum, item) => sum + item.size, 0));
  return (
    <Dialog open title={texts.things(items.length)} description={texts.restText(size)} onClose={onClose}>
      <ul className={css['list']}>
        {items.map((item) => (
          <li key={`${item.kind} ${item.id}`}>
            <button
              type="button"
              className={css['row']}
              aria-label={wordsOf(item)}
              onClick={() => {
                onClose();
                navigate(pathOf(item));
              }}
            >
              <i data-kind={item.kind} className={css['key']} title={texts.kinds[item.kind]} />
              <span className={css['name']} title={nameOf(item)}>
                {nameOf(item)}
              </span>
              <span className={css['used']}>{item.inUse ? texts.inUse : texts.free}</span>
              <span className={css['size']}>{formatBytes(item.size)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
