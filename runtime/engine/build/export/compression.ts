import { EngineError } from '../../errors.ts';
import { GZIP, type Compression, type CompressionKind } from '../../images/compression.ts';

/** The highest level of each. */
const LEVELS: Readonly<Record<CompressionKind, number>> = { gzip: 9, zstd: 22, uncompressed: 0 };

/**
 * How `compression`, `compression-level` and `force-compression` of an output or a cache ask for layers; null when they
 * do not. Throws `invalid`.
 */
export function askedCompression(attributes: ReadonlyMap<string, string>): Compression | null {
  const kind = attributes.get('compression');
  const level = attributes.get('compression-level');
  const force = attributes.get('force-compression');
  if (kind === undefined && level === undefined && force === undefined) return null;
  const chosen = kind ?? GZIP.kind;
  if (!isKind(chosen))
    throw new EngineError(
      'invalid',
      `the compression ${chosen} is not supported by this engine: use gzip, zstd or uncompressed`,
    );
  if (force !== undefined && !/^(?:1|0|t|f|true|false)$/i.test(force))
    throw new EngineError('invalid', `non-bool value ${JSON.stringify(force)} specified for force-compression`);
  return { kind: chosen, level: levelOf(chosen, level), force: /^(?:1|t|true)$/i.test(force ?? '') };
}

function isKind(text: string): text is CompressionKind {
  return Object.hasOwn(LEVELS, text);
}

function levelOf(kind: CompressionKind, text: string | undefined): number | null {
  if (text === undefined || kind === 'uncompressed') return null;
  const level = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(level <= LEVELS[kind]))
    throw new EngineError('invalid', `compression-level ${JSON.stringify(text)} of ${kind}: use 0 to ${LEVELS[kind]}`);
  return level;
}
