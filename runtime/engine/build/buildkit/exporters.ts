import type { Readable } from 'node:stream';
import { EngineError } from '../../errors.ts';
import { spoolPath } from '../execute/stage-files.ts';
import { Workspace, type WorkspaceParts } from '../execute/workspace.ts';
import { imageResponse, keepNothing, storeImage, type BuiltImage, type Exporter } from '../export/exporter.ts';
import { FileTree } from '../tree/file-tree.ts';
import { sendFile, sendTree } from './send.ts';
import type { BuildSession } from './session.ts';

/** An output that a client asks for. */
export interface ExporterRequest {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** What takes a result where a client wants it. Throws `invalid` for a kind that is not known. */
export function sessionExporter(
  requests: readonly ExporterRequest[],
  session: BuildSession | null,
  parts: WorkspaceParts,
): Exporter {
  const exporters = requests.map(({ type, attributes }, index): Exporter => {
    switch (type) {
      case 'moby':
      case 'image':
        return storeImage;
      case 'docker':
        // Without a file it goes to the engine's own store.
        return attributes.get('dest') === undefined && session?.supports(SEND) !== true
          ? storeImage
          : archiveExporter(index, session);
      case 'oci':
        return archiveExporter(index, session);
      case 'tar':
        return filesExporter('sending tarball', parts, session, async (tar, client, signal) =>
          sendFile(client, index, tar, signal),
        );
      case 'local':
        return filesExporter('copying files', parts, session, async (tar, client, signal) => {
          const spool = spoolPath(parts.dataRoot);
          const tree = await FileTree.read(tar as AsyncIterable<Buffer>, spool, { rootOwned: false, signal });
          try {
            return await sendTree(client, index, tree, signal);
          } finally {
            await tree.dispose();
          }
        });
      case 'cacheonly':
        return keepNothing;
      default:
        throw new EngineError('invalid', `exporter ${JSON.stringify(type)} could not be found`);
    }
  });
  const [only = keepNothing, ...others] = exporters;
  if (others.length === 0) return only;
  return async (built) => {
    let image = null;
    const response = new Map<string, string>();
    for (const exporter of exporters) {
      const one = await exporter(built);
      image ??= one.image;
      for (const [key, value] of one.response) response.set(key, value);
    }
    return { image, response };
  };
}

const SEND = '/moby.filesync.v1.FileSend/DiffCopy';

function needed(session: BuildSession | null): BuildSession {
  if (session === null) throw new EngineError('invalid', 'this output needs a session');
  return session;
}

/** `docker save`'s archive, which is an OCI layout too. */
function archiveExporter(index: number, session: BuildSession | null): Exporter {
  return async ({ draft, content, lease, progress, signal }) => {
    const task = progress.task('exporting to oci image format');
    return task.run(async () => {
      const image = await content.makeImage(draft, lease);
      const archive = content.archive(image, draft.references);
      task.part('sending tarball', await sendFile(needed(session), index, archive, signal), 0, true);
      return { image: null, response: imageResponse(image, draft) };
    });
  };
}

/** The files of the result, not an image. */
function filesExporter(
  part: string,
  parts: WorkspaceParts,
  session: BuildSession | null,
  send: (tar: Readable, session: BuildSession, signal: AbortSignal) => Promise<number>,
): Exporter {
  return async ({ layers, content, progress, signal }: BuiltImage) => {
    const task = progress.task('exporting to client');
    return task.run(async () => {
      const workspace = await Workspace.make(parts, content.diffs(layers));
      try {
        const { tar } = await parts.launcher.storage.archive(workspace.view, '/', '');
        task.part(part, await send(tar, needed(session), signal), 0, true);
      } finally {
        await workspace.dispose();
      }
      return { image: null, response: new Map() };
    });
  };
}
