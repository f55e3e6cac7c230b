import { EngineError } from '../../errors.ts';
import { formatPlatform, normalizePlatform, parsePlatform, type Platform } from '../../images/platform.ts';

type Texts = Readonly<Record<string, string>>;

/** OCI annotations of an export, by what they are put on. */
export interface Annotations {
  /** Of the image's manifest on a platform. */
  manifest(platform: Platform): Texts;
  /** Of the index. */
  readonly index: Texts;
  /** Of the entry of the image in the index. */
  manifestDescriptor(platform: Platform): Texts;
}

const NAME = /^annotation(?:-(manifest|index|manifest-descriptor|index-descriptor))?(?:\[([^\]]+)\])?\.(.+)$/;

/** Reads `annotation.KEY`, `annotation-index.KEY`, `annotation-manifest[linux/amd64].KEY` and so on. Throws `invalid`. */
export function parseAnnotations(attributes: ReadonlyMap<string, string>): Annotations {
  const all: { readonly kind: string; readonly platform: string; readonly key: string; readonly value: string }[] = [];
  for (const [name, value] of attributes) {
    const found = NAME.exec(name);
    if (found === null) {
      if (/^annotation[.[-]/.test(name)) throw new EngineError('invalid', `invalid annotation ${JSON.stringify(name)}`);
      continue;
    }
    const [, kind = 'manifest', platform = '', key = ''] = found;
    const isOfAll = kind === 'index' || kind === 'index-descriptor';
    if (isOfAll && platform !== '')
      throw new EngineError('invalid', `an annotation of the index cannot be for a platform: ${JSON.stringify(name)}`);
    all.push({ kind, platform: platform === '' ? '' : formatPlatform(parsePlatform(platform)), key, value });
  }
  const of = (kind: string, platform: string): Texts =>
    Object.fromEntries(
      all.flatMap((one) =>
        one.kind === kind && (one.platform === '' || one.platform === platform) ? [[one.key, one.value]] : [],
      ),
    );
  return {
    manifest: (platform) => of('manifest', formatPlatform(normalizePlatform(platform))),
    index: of('index', ''),
    manifestDescriptor: (platform) => of('manifest-descriptor', formatPlatform(normalizePlatform(platform))),
  };
}

/** Whether an object has nothing in it. */
export function isEmpty(texts: Texts): boolean {
  return Object.keys(texts).length === 0;
}
