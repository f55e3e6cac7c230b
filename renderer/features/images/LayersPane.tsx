import { Recycle } from 'lucide-react';
import { useState, type KeyboardEvent } from 'react';
import type { ImageSummary } from '../../../runtime/contract/contract.ts';
import type { ImageLayer } from '../../../runtime/contract/images.ts';
import { useImageLayers } from '../../data/image-layers.ts';
import { common } from '../../strings/common.ts';
import { images as texts } from '../../strings/images.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { decimal, formatBytes } from '../../ui/format.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import { Bar } from '../tasks/Progress.tsx';
import { ChangedFiles } from './ChangedFiles.tsx';
import { instructionOf } from './layer-model.ts';
import css from './LayersPane.module.css';

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
      {layer !== undefined && (
        <ChangedFiles
          key={index}
          label={texts.filesOf(texts.layerNumber(index + 1))}
          files={layer.files}
          fileCount={layer.fileCount}
          empty={texts.emptyLayer}
          asideOf={({ lostIn }) => (lostIn === null ? null : texts.lostIn(lostIn + 1))}
        />
      )}
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
