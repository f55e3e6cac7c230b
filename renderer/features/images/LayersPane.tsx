import { Recycle } from 'lucide-react';
import { useMemo, useState, type KeyboardEvent } from 'react';
import type { ChangeKind, ImageSummary } from '../../../runtime/contract/contract.ts';
import type { ImageLayer } from '../../../runtime/contract/images.ts';
import { useImageLayers } from '../../data/image-layers.ts';
import { common } from '../../strings/common.ts';
import { images as texts } from '../../strings/images.ts';
import { number } from '../../strings/language.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import { decimal, formatBytes } from '../../ui/format.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { FileTree } from '../files/FileTree.tsx';
import { treeRows } from '../files/model.ts';
import { Bar } from '../tasks/Progress.tsx';
import { instructionOf, layerFolders, openAtFirst } from './layer-model.ts';
import css from './LayersPane.module.css';

const KINDS = ['added', 'modified', 'deleted'] as const;

/** The layers of an image and what each of them does to the files. */
export function LayersPane({ image }: { readonly image: ImageSummary }) {
  const { layers, bytes, error, retry } = useImageLayers(image.id);
  const [chosen, setChosen] = useState<number | null>(null);
  if (error !== null) return <ErrorState error={error} onRetry={retry} />;
  if (layers === null) {
    return (
      <EmptyState title={texts.reading}>
        <div className={css['progress']}>
          <Bar value={image.size > 0 ? Math.min(1, bytes / image.size) : null} label={texts.reading} />
        </div>
        {texts.readSoFar(formatBytes(bytes))}
      </EmptyState>
    );
  }
  // The newest is what one came for: it is what was built last.
  const index = Math.min(chosen ?? layers.length - 1, layers.length - 1);
  const layer = layers[index];
  return (
    <div className={css['split']}>
      <LayerList layers={layers} current={index} onChoose={setChosen} />
      {layer !== undefined && <LayerFiles key={index} layer={layer} index={index} />}
    </div>
  );
}

interface LayerListProps {
  readonly layers: readonly ImageLayer[];
  readonly current: number;
  readonly onChoose: (index: number) => void;
}

function LayerList({ layers, current, onChoose }: LayerListProps) {
  const total = layers.reduce((sum, { size }) => sum + size, 0);
  const wasted = layers.reduce((sum, layer) => sum + layer.wasted, 0);
  const largest = Math.max(1, ...layers.map(({ size }) => size));
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(current + step, 0), layers.length - 1);
    onChoose(next);
    event.currentTarget.querySelectorAll<HTMLElement>('button')[next]?.focus();
  };
  return (
    <section className={css['side']} aria-label={texts.tabs.layers}>
      <div className={css['summary']}>
        <p>
          {common.layers(layers.length)}, {formatBytes(total)}
        </p>
        <p className={wasted > 0 ? css['wasted'] : css['dim']} title={texts.wastedHint}>
          <Recycle size={13} aria-hidden />
          {wasted === 0
            ? texts.nothingWasted
            : `${texts.wasted(formatBytes(wasted))}, ${texts.useful(decimal((100 * (total - wasted)) / total, 1))}`}
        </p>
      </div>
      <ol className={css['layers']} onKeyDown={onKeyDown}>
        {layers.map((layer, index) => (
          <li key={`${String(index)} ${layer.digest}`}>
            <button
              type="button"
              className={css['layer']}
              aria-current={index === current}
              tabIndex={index === current ? 0 : -1}
              onClick={() => {
                onChoose(index);
              }}
            >
              <span className={css['number']} aria-label={texts.layerNumber(index + 1)}>
                {index + 1}
              </span>
              <span className={css['words']}>
                {layer.createdBy === '' ? (
                  <span className={css['dim']}>{texts.noInstruction}</span>
                ) : (
                  <code title={layer.createdBy}>{instructionOf(layer.createdBy)}</code>
                )}
                <span className={css['track']} aria-hidden>
                  <span style={{ width: `${String((100 * (layer.size - layer.wasted)) / largest)}%` }} />
                  <span className={css['lost']} style={{ width: `${String((100 * layer.wasted) / largest)}%` }} />
                </span>
                {layer.wasted > 0 && <span className={css['wasted']}>{texts.wasted(formatBytes(layer.wasted))}</span>}
              </span>
              <span className={css['size']}>{formatBytes(layer.size)}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

function LayerFiles({ layer, index }: { readonly layer: ImageLayer; readonly index: number }) {
  const [query, setQuery] = useState('');
  const [kind, setKind] = useState<ChangeKind | 'all'>('all');
  const [selected, setSelected] = useState<string | null>(null);
  const folders = useMemo(
    () => layerFolders(layer.files, { query, changes: kind === 'all' ? null : new Set([kind]) }),
    [layer, query, kind],
  );
  const atFirst = useMemo(() => (query === '' ? openAtFirst(folders) : new Set(folders.keys())), [folders, query]);
  /** Folders that are other than they were at first, for this choice of files. */
  const [turned, setTurned] = useState<{ readonly of: object; readonly paths: ReadonlySet<string> }>({
    of: folders,
    paths: new Set(),
  });
  const turnedNow = turned.of === folders ? turned.paths : new Set<string>();
  const isOpen = (path: string) => atFirst.has(path) !== turnedNow.has(path);
  const turn = (path: string) => {
    const paths = new Set(turnedNow);
    if (!paths.delete(path)) paths.add(path);
    setTurned({ of: folders, paths });
  };
  const known = useMemo(() => new Map(layer.files.map((file) => [`/${file.path}`, file])), [layer]);
  const changes = useMemo(() => new Map(layer.files.map((file) => [`/${file.path}`, file.change])), [layer]);
  const rows = treeRows(new Map([...folders].filter(([path]) => isOpen(path))), changes).map((row) => {
    const lostIn = known.get(row.path)?.lostIn ?? null;
    return lostIn === null ? row : { ...row, aside: texts.lostIn(lostIn + 1) };
  });
  const count = (wanted: ChangeKind) => layer.files.filter(({ change }) => change === wanted).length;
  const name = texts.layerNumber(index + 1);
  return (
    <section className={css['files']} aria-label={texts.filesOf(name)}>
      <div className={css['tools']}>
        <FilterBox label={texts.filterFiles} value={query} onChange={setQuery} />
        <Segmented
          label={texts.changes}
          value={kind}
          onChange={setKind}
          options={[
            { value: 'all', label: texts.everyChange },
            ...KINDS.map((value) => ({ value, label: texts.changeKinds[value], count: count(value) })),
          ]}
        />
      </div>
      {layer.files.length < layer.fileCount && (
        <p className={css['cut']}>{texts.cut(number(layer.files.length), number(layer.fileCount))}</p>
      )}
      {layer.fileCount === 0 ? (
        <EmptyState title={texts.emptyLayer} />
      ) : folders.get('/')?.state === 'ready' && rows.every(({ entry }) => entry === null) ? (
        <EmptyState title={texts.noFiles} />
      ) : (
        <FileTree
          label={texts.filesOf(name)}
          rows={rows}
          selected={selected}
          marks={texts.fileMarks}
          onSelect={({ path }) => {
            setSelected(path);
          }}
          onOpen={turn}
          onClose={turn}
        />
      )}
    </section>
  );
}
