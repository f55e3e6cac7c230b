import type { HistoryEntry } from '../../images/config.ts';
import type { ImageDraft } from '../../images/content.ts';
import type { ImageState } from '../plan/image-state.ts';
import { sourceDateEpoch, timeText, type BuildOptions } from '../plan/options.ts';
import type { Solver } from '../solve/solver.ts';

/** Comment of each line of an image's history, as BuildKit writes it, so that tools know the format. */
const HISTORY_COMMENT = 'buildkit.dockerfile.v0';

/** The image that a stage has come to. */
export async function draftOf(state: ImageState, solver: Solver, options: BuildOptions): Promise<ImageDraft> {
  const { layers } = await solver.snapshot(state.filesystem);
  const history = await historyOf(state, solver);
  const { Labels, ExposedPorts, Volumes } = state.config;
  const epoch = sourceDateEpoch(options);
  // Clients give them in any order: the same settings are the same image.
  const config = {
    ...state.config,
    ...sorted('Labels', { ...Labels, ...options.labels }),
    ...sorted('ExposedPorts', ExposedPorts),
    ...sorted('Volumes', Volumes),
  };
  return {
    platform: state.platform,
    osVersion: state.osVersion,
    author: state.author,
    config,
    history,
    // Of nothing but settings there is no time to tell: the same settings are the same image.
    created: history.at(-1)?.created ?? (epoch === null ? null : timeText(epoch * 1000)),
    layers,
    references: options.references,
    isOci: state.isOci,
    annotations: {},
    inlineCache: null,
  };
}

/** A setting with its names in order; nothing for one that is empty. */
function sorted<K extends string, T>(
  name: K,
  values: Readonly<Record<string, T>> = {},
): { [P in K]?: Record<string, T> } {
  const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? {} : ({ [name]: Object.fromEntries(entries) } as { [P in K]?: Record<string, T> });
}

/**
 * History with the times of the layers, so that a build of the same things is the same image. Settings get the time of
 * the layer before them, or that of the base image.
 */
async function historyOf(state: ImageState, solver: Solver): Promise<HistoryEntry[]> {
  let time = state.baseHistory.findLast(({ created }) => created !== undefined)?.created;
  const own: HistoryEntry[] = [];
  for (const { createdBy, vertex } of state.history) {
    const snapshot = vertex === null ? null : await solver.snapshot(vertex);
    if (snapshot !== null && snapshot.created !== '') time = snapshot.created;
    own.push({
      ...(time === undefined ? {} : { created: time }),
      created_by: createdBy,
      comment: HISTORY_COMMENT,
      ...(snapshot?.hasLayer === true ? {} : { empty_layer: true }),
    });
  }
  return [...state.baseHistory, ...own];
}
