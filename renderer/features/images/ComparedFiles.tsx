import { useMemo } from 'react';
import type { ComparedFile, ImageDetails, LayerFile } from '../../../runtime/contract/images.ts';
import { useImageComparison } from '../../data/image-comparison.ts';
import { common } from '../../strings/common.ts';
import { imageComparison as texts } from '../../strings/image-comparison.ts';
import { images as imageTexts } from '../../strings/images.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes } from '../../ui/format.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import { Bar } from '../tasks/Progress.tsx';
import { ChangedFiles } from './ChangedFiles.tsx';
import css from './ComparedFiles.module.css';

interface ComparedFilesProps {
  readonly earlier: ImageDetails;
  readonly later: ImageDetails;
}

/** Every file that two images do not have alike, and what that comes to. */
export function ComparedFiles({ earlier, later }: ComparedFilesProps) {
  const { files, totals, bytes, error, retry } = useImageComparison(earlier.id, later.id);
  const shown = useMemo(() => files.map((file): LayerFile => ({ ...file, lostIn: null })), [files]);
  const sizes = useMemo(() => new Map(files.map((file) => [file.path, file])), [files]);
  if (error !== null) return <ErrorState error={error} onRetry={retry} />;
  if (totals === null) {
    // What both have is read once; how much that is shows at the end.
    const most = earlier.size + later.size;
    return (
      <EmptyState title={texts.reading}>
        <div className={css['progress']}>
          <Bar value={most > 0 ? Math.min(1, bytes / most) : null} label={texts.reading} />
        </div>
        {imageTexts.readSoFar(formatBytes(bytes))}
      </EmptyState>
    );
  }
  const { added, modified, deleted } = totals;
  return (
    <ChangedFiles
      label={texts.filesLabel}
      files={shown}
      fileCount={totals.changes}
      empty={texts.sameFiles}
      asideOf={({ path }) => asideOf(sizes.get(path))}
      summary={
        totals.changes > 0 && (
          <ul className={css['totals']} title={texts.filesHint}>
            <li className={css['added']}>{texts.added(common.files(added.files), formatBytes(added.bytes))}</li>
            <li className={css['modified']}>{texts.modified(common.files(modified.files), signed(modified.bytes))}</li>
            <li className={css['deleted']}>{texts.deleted(common.files(deleted.files), formatBytes(deleted.bytes))}</li>
            <li>
              {[totals.earlier, totals.later]
                .map(({ files: count, bytes: size }) => texts.has(common.files(count), formatBytes(size)))
                .join(' → ')}
            </li>
          </ul>
        )
      }
    />
  );
}

/** By how much something grew or shrank. */
function signed(bytes: number): string {
  return bytes === 0 ? '±0' : `${bytes < 0 ? '−' : '+'}${formatBytes(Math.abs(bytes))}`;
}

function asideOf(file: ComparedFile | undefined): string | null {
  if (file === undefined || file.directory || file.change === 'added') return null;
  return file.before === file.size ? null : texts.was(formatBytes(file.before));
}
