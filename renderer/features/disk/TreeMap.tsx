import { useMemo, useRef, useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { common } from '../../strings/common.ts';
import { number } from '../../strings/language.ts';
import { system as texts } from '../../strings/system.ts';
import { formatBytes } from '../../ui/format.ts';
import { useWidth } from '../../ui/use-width.ts';
import css from './DiskView.module.css';
import { planMap, type MapEntry } from './map-plan.ts';
import { nameOf, pathOf, wordsOf, type Sized } from './model.ts';
import { RestDialog } from './RestDialog.tsx';
import type { Tile } from './treemap.ts';

const MAP_HEIGHT = 300;
/** A tile with less than this has no room for two lines of text; in pixels. */
const LEAST_TEXT = { width: 70, height: 52 };
/** Narrower than this, "12 more" would be cut off in some language; in pixels. */
const LEAST_REST_TEXT = 100;

const sizeOf = (item: Sized): number => item.size;

/** A picture of what takes how much room. What is too small to be pressed shares a tile that lists it. */
export function TreeMap({ items }: { readonly items: readonly Sized[] }) {
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host, 0);
  const [listed, setListed] = useState<readonly Sized[] | null>(null);
  const tiles = useMemo(() => planMap(items, sizeOf, { x: 0, y: 0, width, height: MAP_HEIGHT }), [items, width]);
  return (
    <div ref={host} className={css['map']} role="group" aria-label={texts.treemap} style={{ height: MAP_HEIGHT }}>
      {tiles.map((tile) =>
        tile.item.kind === 'one' ? (
          <OneTile key={`${tile.item.item.kind} ${tile.item.item.id}`} tile={tile} item={tile.item.item} />
        ) : (
          <RestTile key="rest" tile={tile} items={tile.item.items} isAll={tiles.length === 1} onOpen={setListed} />
        ),
      )}
      {listed !== null && (
        <RestDialog
          items={listed}
          onClose={() => {
            setListed(null);
          }}
        />
      )}
    </div>
  );
}

const placeOf = ({ x, y, width, height }: Tile<MapEntry<Sized>>) => ({ left: x, top: y, width, height });
const hasText = ({ width, height }: Tile<MapEntry<Sized>>): boolean =>
  width > LEAST_TEXT.width && height > LEAST_TEXT.height;

function OneTile({ tile, item }: { readonly tile: Tile<MapEntry<Sized>>; readonly item: Sized }) {
  return (
    <button
      type="button"
      data-kind={item.kind}
      data-used={item.inUse}
      className={css['tile']}
      aria-label={wordsOf(item)}
      title={`${nameOf(item)}, ${formatBytes(item.size)}`}
      style={placeOf(tile)}
      onClick={() => {
        navigate(pathOf(item));
      }}
    >
      {hasText(tile) && (
        <>
          <span className={css['tileName']}>{nameOf(item)}</span>
          <span className={css['tileSize']}>{formatBytes(item.size)}</span>
        </>
      )}
    </button>
  );
}

interface RestTileProps {
  readonly tile: Tile<MapEntry<Sized>>;
  readonly items: readonly Sized[];
  /** Whether nothing has a tile of its own. */
  readonly isAll: boolean;
  readonly onOpen: (items: readonly Sized[]) => void;
}

function RestTile({ tile, items, isAll, onOpen }: RestTileProps) {
  const title = isAll ? texts.things(items.length) : common.more(items.length);
  const size = formatBytes(items.reduce((sum, item) => sum + item.size, 0));
  return (
    <button
      type="button"
      aria-haspopup="dialog"
      className={[css['tile'], css['rest']].join(' ')}
      aria-label={`${title}, ${size}`}
      title={`${title}, ${size}`}
      style={placeOf(tile)}
      onClick={() => {
        onOpen(items);
      }}
    >
      {hasText(tile) && tile.width > LEAST_REST_TEXT ? (
        <>
          <span className={css['tileName']}>{title}</span>
          <span className={css['tileSize']}>{size}</span>
        </>
      ) : (
        <span className={css['restCount']}>{`+${number(items.length)}`}</span>
      )}
    </button>
  );
}
