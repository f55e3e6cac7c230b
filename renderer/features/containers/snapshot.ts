import type { ContainerSummary, ImageSummary } from '../../../runtime/contract/contract.ts';
import { call } from '../../data/connection.ts';
import { images } from '../../data/images.ts';
import { dismissToast, showError, showToast } from '../../data/toasts.ts';
import { common } from '../../strings/common.ts';
import { details as texts } from '../../strings/details.ts';

/** Label of an image that is a snapshot; its value is the container's name. */
const LABEL = 'dev.berth.snapshot';

/** The snapshots of a container, newest first. */
export function snapshotsOf(images: readonly ImageSummary[], name: string): ImageSummary[] {
  return images.filter(({ labels }) => labels[LABEL] === name).sort((a, b) => b.createdAt - a.createdAt);
}

/** `2026-11-28-150937`: sorts by time, and is a valid tag. */
export function snapshotTag(now: Date): string {
  return now.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '');
}

/** Saves a container's files as an image; a toast says when it is there. */
export async function takeSnapshot(container: Pick<ContainerSummary, 'id' | 'name'>): Promise<void> {
  const controller = new AbortController();
  const id = showToast({
    tone: 'busy',
    title: texts.snapshotTaking,
    details: [container.name],
    lifetimeMs: null,
    actions: [
      {
        label: common.cancel,
        run: () => {
          controller.abort();
        },
      },
    ],
  });
  const repository = `localhost/snapshot/${container.name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-')}`;
  const tag = snapshotTag(new Date());
  try {
    const wanted = { id: container.id, repository, tag, comment: '', labels: { [LABEL]: container.name } };
    await call('containers.commit', wanted, { signal: controller.signal });
    await images.refetch();
    showToast({
      id,
      tone: 'good',
      title: texts.snapshotTaken(tag),
      details: [`${repository}:${tag}`],
      lifetimeMs: 5000,
    });
  } catch (error) {
    dismissToast(id, false);
    showError(texts.snapshotFailed, error);
  }
}
