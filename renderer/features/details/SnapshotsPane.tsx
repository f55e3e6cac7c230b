import { Camera, Play, Trash2, Undo2 } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import type { ContainerSummary, ImageSummary } from '../../../runtime/contract/contract.ts';
import { call } from '../../data/connection.ts';
import { refetch } from '../../data/containers.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { imageReference, images as imageList } from '../../data/images.ts';
import { slowly } from '../../data/slow.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { common } from '../../strings/common.ts';
import { details as texts } from '../../strings/details.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { confirm } from '../../ui/confirm.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes, formatTime } from '../../ui/format.ts';
import { snapshotsOf, takeSnapshot } from '../containers/snapshot.ts';
import { removeImages } from '../images/actions.tsx';
import css from './Panes.module.css';

type Target = Pick<ContainerSummary, 'id' | 'name'>;

async function goBack(container: Target, image: ImageSummary): Promise<void> {
  const sure = await confirm({
    title: texts.snapshotBackTitle(container.name),
    body: texts.snapshotBackText,
    action: texts.snapshotBack,
  });
  if (!sure) return;
  try {
    // Half way there is no container at all: it cannot be called off.
    const { id } = await slowly(
      `${texts.snapshotBack}: ${container.name}`,
      () => call('containers.goBack', { id: container.id, image: imageReference(image) }),
      { canEnd: false },
    );
    // It is another container by its id: what is told as done is so in the list, too.
    await refetch();
    showToast({ tone: 'good', title: texts.wentBack(container.name) });
    navigate(`/containers/${id}/snapshots`, { replace: true });
  } catch (error) {
    showError(texts.goBackFailed, error);
  }
}

/** States of a container that were kept. */
export function SnapshotsPane({ container }: { readonly container: Target }) {
  const images = imageList.use((state) => state.rows);
  const snapshots = snapshotsOf(images, container.name);
  const take = (
    <Button
      variant={snapshots.length === 0 ? 'primary' : 'secondary'}
      icon={<Camera size={15} />}
      onClick={() => {
        drop(takeSnapshot(container));
      }}
    >
      {texts.snapshotTake}
    </Button>
  );
  if (snapshots.length === 0) {
    return (
      <EmptyState picture={<Camera size={38} strokeWidth={1.5} />} title={texts.snapshotNone} actions={take}>
        {texts.snapshotText}
      </EmptyState>
    );
  }
  return (
    <section className={css['pane']} aria-label={texts.tabs.snapshots}>
      <div className={css['tools']}>{take}</div>
      <ul className={css['snapshots']}>
        {snapshots.map((image) => (
          <li key={image.id} className={css['snapshot']}>
            <div>
              <strong>{formatTime(image.createdAt)}</strong>
              <p>
                {imageReference(image)}, {formatBytes(image.size)}
              </p>
            </div>
            <Button
              size="small"
              icon={<Undo2 size={14} />}
              onClick={() => {
                drop(goBack(container, image));
              }}
            >
              {texts.snapshotBack}
            </Button>
            <Button
              size="small"
              icon={<Play size={14} />}
              onClick={() => {
                openDialog({ kind: 'run', image: imageReference(image) });
              }}
            >
              {texts.snapshotRun}
            </Button>
            <IconButton
              danger
              label={`${common.remove} ${image.tag}`}
              icon={<Trash2 size={15} />}
              onClick={() => {
                removeImages([image]);
              }}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
