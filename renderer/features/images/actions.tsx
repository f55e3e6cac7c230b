import { Copy, Download, Play, Tag, Trash2, Upload } from 'lucide-react';
import type { ImageSummary } from '../../../runtime/contract/contract.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { imageKey, imageReference, refetchImages, setImagesHidden } from '../../data/images.ts';
import { startPush } from '../../data/tasks.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { copyText } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';
import { images as texts } from '../../strings/images.ts';
import { confirm } from '../../ui/confirm.ts';
import { formatBytes, shortId } from '../../ui/format.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';

/** Time to think again about a removal, in milliseconds. */
const UNDO_MS = 8000;

/** Removes images once the Undo toast has ended; they leave the list at once. */
export function removeImages(images: readonly ImageSummary[]): void {
  const [first] = images;
  if (first === undefined) return;
  const keys = images.map(imageKey);
  setImagesHidden(keys, true);
  const remove = async () => {
    const failures: BridgeError[] = [];
    for (const image of images) {
      try {
        await call('images.remove', { reference: imageReference(image), force: false });
      } catch (error) {
        failures.push(BridgeError.from(error));
      }
    }
    await refetchImages();
    setImagesHidden(keys, false);
    if (failures.length > 0) showError(texts.notRemoved(common.images(failures.length)), failures[0]);
  };
  showToast({
    title: common.removed(images.length === 1 ? nameOf(first) : common.images(images.length)),
    lifetimeMs: UNDO_MS,
    actions: [
      {
        label: common.undo,
        run: () => {
          setImagesHidden(keys, false);
        },
      },
    ],
    onExpire: () => {
      drop(remove());
    },
  });
}

/** Asks, and then removes images that have neither a name nor a container. */
export async function pruneImages(images: readonly ImageSummary[]): Promise<void> {
  const loose = images.filter((image) => image.tag === '' && image.usedBy.length === 0);
  const sure = await confirm({
    title: texts.pruneTitle,
    body:
      loose.length === 0
        ? texts.pruneNone
        : texts.pruneSome(common.images(loose.length), formatBytes(loose.reduce((sum, image) => sum + image.size, 0))),
    action: texts.pruneAction,
  });
  if (!sure) return;
  try {
    const { deleted, reclaimedBytes } = await call('images.prune', { all: false });
    showToast({
      tone: 'good',
      title: common.freed(formatBytes(reclaimedBytes)),
      details: [texts.layersRemoved(common.layers(deleted))],
    });
  } catch (error) {
    showError(texts.pruneFailed, error);
  }
}

/** What a person calls the image. */
export function nameOf(image: ImageSummary): string {
  return image.tag === ''
    ? image.repository === ''
      ? shortId(image.id)
      : image.repository
    : `${image.repository}:${image.tag}`;
}

/** Opens the Run dialog on the image. */
export function runImage(image: ImageSummary): void {
  openDialog({ kind: 'run', image: imageReference(image) });
}

/** What can be done with an image, as lines of a menu. */
export function imageMenu(image: ImageSummary): MenuEntry[] {
  return [
    {
      id: 'run',
      label: texts.run,
      icon: <Play size={15} />,
      keys: 'Enter',
      run: () => {
        runImage(image);
      },
    },
    {
      id: 'pull',
      label: texts.pullAgain,
      icon: <Download size={15} />,
      disabled: image.tag === '',
      run: () => {
        openDialog({ kind: 'pull', reference: imageReference(image) });
      },
    },
    {
      id: 'push',
      label: texts.push,
      icon: <Upload size={15} />,
      disabled: image.tag === '',
      run: () => {
        startPush(imageReference(image));
      },
    },
    {
      id: 'tag',
      label: texts.tagAction,
      icon: <Tag size={15} />,
      run: () => {
        openDialog({ kind: 'tag', reference: imageReference(image) });
      },
    },
    {
      id: 'copy',
      label: texts.copyId,
      icon: <Copy size={15} />,
      run: () => {
        drop(copyText(image.id));
      },
    },
    'separator',
    {
      id: 'remove',
      label: common.remove,
      icon: <Trash2 size={15} />,
      keys: 'Del',
      danger: true,
      run: () => {
        removeImages([image]);
      },
    },
  ];
}
