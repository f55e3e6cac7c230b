import { join } from 'node:path';
import type { ImageContent, ImageDraft, StoredLayer } from '../../images/content.ts';
import type { Lease } from '../../store/leases.ts';
import { Workspace, type WorkspaceParts } from '../execute/workspace.ts';

/** The same image with all that is above the layers of its base image as one layer (`docker build --squash`). */
export async function squashed(
  parts: WorkspaceParts & { readonly content: ImageContent },
  draft: ImageDraft,
  base: readonly StoredLayer[],
  lease: Lease,
  signal: AbortSignal,
): Promise<ImageDraft> {
  const { content, launcher } = parts;
  if (draft.layers.length <= base.length + 1) return draft;
  const workspace = await Workspace.make(parts, []);
  try {
    const below = join(workspace.directory, 'below');
    const whole = join(workspace.directory, 'whole');
    for (const [path, layers] of [
      [below, base],
      [whole, draft.layers],
    ] as const) {
      await launcher.makeDirectory(path, 0o755);
      if (layers.length > 0) await launcher.storage.flatten(content.diffs(layers), path);
    }
    const tar = await launcher.storage.layer([below], whole, true);
    const layer = await content.addLayer({ tar, tree: null }, base, draft.isOci, lease, signal);
    const own = draft.layers.slice(base.length).map(({ diffId }) => diffId);
    const kept = historyOfBase(draft, base.length);
    const history = draft.history.map((entry, index) => (index < kept ? entry : { ...entry, empty_layer: true }));
    const comment = `merge ${own.at(-1) ?? ''} to ${base.at(-1)?.diffId ?? ''}`;
    return {
      ...draft,
      layers: layer === null ? base : [...base, layer],
      history:
        layer === null
          ? history
          : [...history, { ...(draft.created === null ? {} : { created: draft.created }), comment }],
    };
  } finally {
    await workspace.dispose();
  }
}

/** How many lines of the history tell of the layers of the base image. */
function historyOfBase({ history }: ImageDraft, layers: number): number {
  let seen = 0;
  const end = history.findIndex((entry) => {
    if (entry.empty_layer !== true) seen += 1;
    return seen === layers;
  });
  return layers === 0 ? 0 : end + 1;
}
