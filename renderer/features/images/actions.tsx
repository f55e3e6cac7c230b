import { Copy, Diff, Download, HardDriveDownload, Layers as LayersIcon, Play, Tag, Trash2, Upload } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import type { ImageSummary } from '../../../runtime/contract/contract.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { downloadAs, upload } from '../../data/byte-streams.ts';
import { call } from '../../data/connection.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { imageKey, imageReference, images as list } from '../../data/images.ts';
import { startPush } from '../../data/image-tasks.ts';
import { runByteTask } from '../../data/tasks.ts';
import { slowly } from '../../data/slow.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { chooseFile, copyText } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';
import { images as texts } from '../../strings/images.ts';
import { tasks } from '../../strings/tasks.ts';
import { confirm } from '../../ui/confirm.ts';
import { formatBytes, shortId } from '../../ui/format.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';
import { inOrder } from './compare.ts';

/** Time to think again about a removal, in milliseconds. */
const UNDO_MS = 8000;

/** Removes images once the Undo toast has ended; they leave the list at once. */
export function removeImages(images: readonly ImageSummary[]): void {
  const [first] = images;
  if (first === undefined) return;
  const keys = images.map(imageKey);
  list.setHidden(keys, true);
  const remove = async () => {
    const failures: BridgeError[] = [];
    for (const image of images) {
      try {
        await call('images.remove', { reference: imageReference(image), force: false });
      } catch (error) {
        failures.push(BridgeError.from(error));
      }
    }
    await list.refetch();
    list.setHidden(keys, false);
    if (failures.length > 0) showError(texts.notRemoved(common.images(failures.length)), failures[0]);
  };
  showToast({
    title: common.removed(images.length === 1 ? nameOf(first) : common.images(images.length)),
    lifetimeMs: UNDO_MS,
    actions: [
      {
        label: common.undo,
        run: () => {
          list.setHidden(keys, false);
        },
      },
    ],
    onExpire: () => {
      drop(remove());
    },
  });
}

/** What one row each of images takes, every image once. */
export function bytesOf(images: readonly ImageSummary[]): number {
  return [...new Map(images.map(({ id, size }) => [id, size])).values()].reduce((sum, size) => sum + size, 0);
}

/** Which images a list shows. */
export type ImageState = 'all' | 'used' | 'unused' | 'loose';

/** Whether an image is one of those. */
export function inState(image: ImageSummary, state: ImageState): boolean {
  const used = image.usedBy.length > 0;
  return state === 'all' || (state === 'loose' ? image.tag === '' : (state === 'used') === used);
}

/** Asks, and then removes images that no container uses: all of them, or those without a name. */
export async function pruneImages(images: readonly ImageSummary[], all: boolean): Promise<void> {
  const unused = images.filter((image) => inState(image, 'unused') && (all || inState(image, 'loose')));
  const what = common.images(new Set(unused.map(({ id }) => id)).size);
  if (unused.length === 0) {
    showToast({ title: all ? texts.nothingUnused : texts.pruneNone });
    return;
  }
  const sure = await confirm({
    title: all ? texts.pruneUnusedTitle : texts.pruneTitle,
    body: (all ? texts.pruneUnusedText : texts.pruneSome)(what, formatBytes(bytesOf(unused))),
    action: texts.pruneAction,
  });
  if (!sure) return;
  try {
    const { deleted, reclaimedBytes } = await slowly(all ? texts.pruneUnused : texts.pruneLoose, (signal) =>
      call('images.prune', { all }, { signal }),
    );
    showToast({
      tone: 'good',
      title: common.freed(formatBytes(reclaimedBytes)),
      details: [texts.layersRemoved(common.layers(deleted))],
    });
  } catch (error) {
    showError(texts.pruneFailed, error);
  }
}

/** Saves images as one archive of `docker save`, a file of the person's choice. */
export function saveImages(images: readonly ImageSummary[]): void {
  const [first] = images;
  if (first === undefined) return;
  const name = images.length === 1 ? nameOf(first) : common.images(images.length);
  const file = `${images.length === 1 ? nameOf(first).replaceAll(/[^\w.-]+/g, '-') : 'images'}.tar`;
  drop(
    runByteTask(tasks.saveImage(name), bytesOf(images), async (task) => {
      const bytes = await downloadAs(file, 'images.save', { references: images.map(imageReference) }, task);
      return tasks.savedImage(name, formatBytes(bytes));
    }),
  );
}

/** Lets an archive of `docker save` be chosen, and loads what is in it. */
export async function chooseArchive(): Promise<void> {
  const file = await chooseFile('.tar,.gz,.tgz,application/x-tar,application/gzip');
  if (file === null) return;
  let loaded: readonly string[] = [];
  await runByteTask(tasks.loadImage(file.name), file.size, async (task) => {
    await upload('images.load', {}, file, task, (item) => {
      if (item.loaded.length > 0) ({ loaded } = item);
    });
    await list.refetch();
    return tasks.loaded(loaded.join(', ') || file.name);
  });
}

/** Address of an image's page. */
export function imagePath(image: Pick<ImageSummary, 'repository' | 'tag' | 'id'>): string {
  return `/images/${encodeURIComponent(imageReference(image))}`;
}

/** Address of the comparison of two images. */
export function comparisonPath(earlier: string, later: string): string {
  return `/images/compare/${encodeURIComponent(earlier)}/${encodeURIComponent(later)}`;
}

/** Compares two images of the list, the earlier first. */
export function compareImages(a: ImageSummary, b: ImageSummary): void {
  const [earlier, later] = inOrder(a, b);
  navigate(comparisonPath(imageReference(earlier), imageReference(later)));
}

/** What one would most likely compare an image with: another of the same name, else any other. */
export function likeliestOther(image: ImageSummary, rows: readonly ImageSummary[]): ImageSummary | undefined {
  const others = rows.filter(({ id }) => id !== image.id);
  return others.find(({ repository }) => repository !== '' && repository === image.repository) ?? others[0];
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
      id: 'open',
      label: texts.open,
      icon: <LayersIcon size={15} />,
      keys: 'Enter',
      run: () => {
        navigate(imagePath(image));
      },
    },
    {
      id: 'run',
      label: texts.run,
      icon: <Play size={15} />,
      keys: 'r',
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
      id: 'save',
      label: texts.save,
      icon: <HardDriveDownload size={15} />,
      run: () => {
        saveImages([image]);
      },
    },
    {
      id: 'compare',
      label: texts.compareWith,
      icon: <Diff size={15} />,
      run: () => {
        openDialog({ kind: 'image-compare', reference: imageReference(image) });
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
