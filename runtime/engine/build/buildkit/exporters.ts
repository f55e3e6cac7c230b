import type { Readable } from 'node:stream';
import { EngineError } from '../../errors.ts';
import type { StoredLayer } from '../../images/content.ts';
import { fullPlatform } from '../../images/platform.ts';
import type { Credentials } from '../../registry/credentials.ts';
import { spoolPath } from '../execute/stage-files.ts';
import { Workspace, type WorkspaceParts } from '../execute/workspace.ts';
import { GZIP } from '../../images/compression.ts';
import { parseAnnotations } from '../export/annotations.ts';
import { archiveExporter, type LayoutPlace } from '../export/archive.ts';
import { clientContent } from './client-content.ts';
import { askedCompression } from '../export/compression.ts';
import { keepNothing, type Exporter } from '../export/exporter.ts';
import { imageExporter } from '../export/image.ts';
import { resultArchive } from '../export/result-files.ts';
import { FileTree } from '../tree/file-tree.ts';
import { sendFile, sendTree } from './send.ts';
import type { BuildSession } from './session.ts';

/** An output that a client asks for. */
export interface ExporterRequest {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, string>;
}

type CredentialSource = (domain: string) => Credentials | Promise<Credentials>;

/** What takes a result where a client wants it; `epoch` are seconds that files are given as their time. Throws `invalid` for a kind that is not known. */
export function sessionExporter(
  requests: readonly ExporterRequest[],
  session: BuildSession | null,
  parts: WorkspaceParts,
  { credentials, epoch }: { readonly credentials: CredentialSource; readonly epoch: number | null },
): Exporter {
  const exporters = requests.map((request, index): Exporter => {
    const { type, attributes } = request;
    switch (type) {
      case 'moby':
      case 'image':
      case 'registry':
        return storeExporter(request, credentials);
      case 'docker':
        // Without a file it goes to the engine's own store.
        return attributes.get('dest') === undefined && session?.supports(SEND) !== true
          ? storeExporter(request, credentials)
          : imageArchive(request, index, session);
      case 'oci':
        return imageArchive(request, index, session);
      case 'tar':
        return filesExporter(request, parts, epoch, (tar, signal) => sendFile(needed(session), index, tar, signal));
      case 'local':
        return filesExporter(request, parts, epoch, async (tar, signal) => {
          const spool = spoolPath(parts.dataRoot);
          const tree = await FileTree.read(tar as AsyncIterable<Buffer>, spool, { rootOwned: false, signal });
          try {
            return await sendTree(needed(session), index, tree, signal);
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
  return together(exporters);
}

/** One exporter after the other. */
export function together(exporters: readonly Exporter[]): Exporter {
  const [only = keepNothing, ...others] = exporters;
  if (others.length === 0) return only;
  return {
    takesSeveral: exporters.every((one) => one.takesSeveral),
    export: async (built) => {
      let image = null;
      const response = new Map<string, string>();
      for (const exporter of exporters) {
        const one = await exporter.export(built);
        image ??= one.image;
        for (const [key, value] of one.response) response.set(key, value);
      }
      return { image, response };
    },
  };
}

const SEND = '/moby.filesync.v1.FileSend/DiffCopy';

function needed(session: BuildSession | null): BuildSession {
  if (session === null) throw new EngineError('invalid', 'this output needs a session');
  return session;
}

/** A yes among an exporter's attributes: there, and not false. */
function isSet(attributes: ReadonlyMap<string, string>, name: string): boolean {
  const text = attributes.get(name);
  return text !== undefined && !/^(?:0|f|false)$/i.test(text);
}

/** The engine's store, a registry, or both. Throws `invalid`. */
export function storeExporter({ type, attributes }: ExporterRequest, credentials: CredentialSource): Exporter {
  checkImageAttributes(attributes);
  // To what clients call `moby` they push themselves, with docker's own push.
  const isPushed = type !== 'moby' && (type === 'registry' || isSet(attributes, 'push'));
  const byDigest = isSet(attributes, 'push-by-digest');
  return imageExporter({
    annotations: parseAnnotations(attributes),
    compression: askedCompression(attributes),
    credentials,
    isStored: !byDigest && (attributes.get('store') === undefined || isSet(attributes, 'store')),
    push: byDigest ? 'by-digest' : isPushed ? 'by-tag' : 'no',
    tellsId: !isPushed && !byDigest,
  });
}

/** `rewrite-timestamp` is what happens anyway when there is a SOURCE_DATE_EPOCH. Throws `invalid`. */
function checkImageAttributes(attributes: ReadonlyMap<string, string>): void {
  const rewrite = attributes.get('rewrite-timestamp');
  if (rewrite !== undefined && !/^(?:1|0|t|f|true|false)$/i.test(rewrite))
    throw new EngineError('invalid', `non-bool value specified for rewrite-timestamp: ${JSON.stringify(rewrite)}`);
}

/** The store of a client that wants blobs, by the name that its session gives it. */
const EXPORT_STORE = 'export';

function imageArchive(request: ExporterRequest, index: number, session: BuildSession | null): Exporter {
  if (!isArchive(request.attributes))
    return fileExporter(request, { open: (signal) => clientContent(needed(session), EXPORT_STORE, signal) });
  return fileExporter(request, { send: (archive, signal) => sendFile(needed(session), index, archive, signal) });
}

/** Throws `invalid`. */
function isArchive(attributes: ReadonlyMap<string, string>): boolean {
  const text = attributes.get('tar') ?? '';
  if (!/^(?:1|0|t|f|true|false|)$/i.test(text))
    throw new EngineError('invalid', `non-bool value specified for tar: ${JSON.stringify(text)}`);
  return text === '' || isSet(attributes, 'tar');
}

/** The image as an OCI layout, put where it is wanted. Throws `invalid`. */
export function fileExporter({ type, attributes }: ExporterRequest, place: LayoutPlace): Exporter {
  checkImageAttributes(attributes);
  return archiveExporter({
    annotations: parseAnnotations(attributes),
    compression: askedCompression(attributes) ?? GZIP,
    isDocker: type === 'docker',
    place,
  });
}

/**
 * The files of the result, not an image: an archive given to `send`, which returns its size in bytes. `epoch`: seconds
 * that all times are set to. Throws `invalid`.
 */
export function filesExporter(
  { type, attributes }: ExporterRequest,
  parts: WorkspaceParts,
  epoch: number | null,
  send: (archive: Readable, signal: AbortSignal) => Promise<number>,
): Exporter {
  const split = isSet(attributes, 'platform-split');
  const isSplit = attributes.get('platform-split') === undefined ? null : split;
  const prefix = attributes.get('attestation-prefix') ?? '';
  return {
    takesSeveral: true,
    export: async ({ images, content, progress, signal }) => {
      const task = progress.task('exporting to client');
      return task.run(async () => {
        const workspaces: Workspace[] = [];
        const archives: Readable[] = [];
        const open = async (layers: readonly StoredLayer[]): Promise<Readable> => {
          const workspace = await Workspace.make(parts, content.diffs(layers));
          workspaces.push(workspace);
          return (await parts.launcher.storage.archive(workspace.view, '/', '')).tar;
        };
        try {
          const results = images.map(({ layers, draft, predicates }) => ({
            open: () => open(layers),
            platform: fullPlatform({ ...draft.platform, osVersion: draft.osVersion }),
            predicates,
          }));
          const form = { isSplit: isSplit ?? images.length > 1, prefix, epoch };
          const part = type === 'tar' ? 'sending tarball' : 'copying files';
          const archive = resultArchive(results, form);
          archives.push(archive);
          task.part(part, await send(archive, signal), 0, true);
        } finally {
          for (const archive of archives) archive.destroy();
          for (const workspace of workspaces) await workspace.dispose();
        }
        return { image: null, response: new Map() };
      });
    },
  };
}
