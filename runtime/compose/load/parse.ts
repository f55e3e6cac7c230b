import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type ScalarTag } from 'yaml';
import { ComposeError, type Place } from '../errors.ts';
import type { MapNode, MergeTag, Node } from './node.ts';

/** Deepest nesting read; a file of aliases of aliases must end somewhere. */
const MAX_DEPTH = 100;
/** Most nodes read from one file, aliases counted each time (billion laughs). */
const MAX_NODES = 200_000;

/** `0440` is octal, as YAML 1.1 and so every Compose file before has it. */
const OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  identify: () => false,
  test: /^0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

const MERGE_TAGS: Readonly<Record<string, MergeTag>> = { '!reset': 'reset', '!override': 'override' };

/**
 * Reads YAML into nodes that know their places. Several documents of one file are returned one after the other, to be
 * merged like files. Throws ComposeError with the place of what cannot be read.
 */
export function parseYaml(text: string, file: string): MapNode[] {
  const counter = new LineCounter();
  const lines = text.split(/\r?\n/);
  const placeAt = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { file, line, column: Math.max(1, col), excerpt: lines[line - 1] ?? '' };
  };
  const documents = parseAllDocuments(text, {
    lineCounter: counter,
    merge: true,
    customTags: (tags) => [OCTAL, ...tags],
    logLevel: 'silent',
  });
  const list = Array.isArray(documents) ? documents : [];
  return list.flatMap((document) => {
    const root = new Reader(document, placeAt).read();
    return root === null ? [] : [root];
  });
}

class Reader {
  readonly #document: Document;
  readonly #placeAt: (offset: number) => Place;
  #count = 0;

  constructor(document: Document, placeAt: (offset: number) => Place) {
    this.#document = document;
    this.#placeAt = placeAt;
  }

  read(): MapNode | null {
    const [error] = this.#document.errors;
    if (error !== undefined) {
      // The library's message brings an excerpt of its own after the first line.
      const [sentence = ''] = error.message.replace(/ at line \d+, column \d+:?\s*/s, '\n').split('\n');
      throw new ComposeError(`not valid YAML: ${sentence}`, this.#placeAt(error.pos[0]));
    }
    const { contents } = this.#document;
    if (contents === null || (isScalar(contents) && contents.value === null)) return null;
    const root = this.#node(contents, 0);
    if (root.kind !== 'map') throw new ComposeError('the top of a Compose file must be a mapping', root.place);
    return root;
  }

  #node(value: unknown, depth: number): Node {
    this.#count += 1;
    const place = this.#placeOf(value);
    if (depth > MAX_DEPTH || this.#count > MAX_NODES)
      throw new ComposeError('this file is nested too deeply or repeats itself too often', place);
    if (isAlias(value)) {
      const target = value.resolve(this.#document);
      if (target === undefined) throw new ComposeError(`nothing is anchored as &${value.source}`, place);
      return this.#node(target, depth + 1);
    }
    if (isMap(value))
      return { kind: 'map', place, ...this.#tag(value.tag), entries: this.#entries(value.items, depth) };
    if (isSeq(value))
      return {
        kind: 'list',
        place,
        ...this.#tag(value.tag),
        items: value.items.map((item) => this.#node(item, depth + 1)),
      };
    if (!isScalar(value)) return { kind: 'scalar', place, value: null };
    const { value: content } = value;
    const isPlain = typeof content === 'string' || typeof content === 'number' || typeof content === 'boolean';
    return {
      kind: 'scalar',
      place,
      ...this.#tag(value.tag),
      value: isPlain ? exact(content, value.source) : typeof content === 'bigint' ? Number(content) : null,
    };
  }

  /** Entries in their order; those of `<<` come first, so that the map's own win. */
  #entries(items: readonly { key: unknown; value: unknown }[], depth: number): Map<string, Node> {
    const merged = new Map<string, Node>();
    const own = new Map<string, Node>();
    for (const { key, value } of items) {
      const name = isScalar(key) ? String(key.value) : null;
      if (name === null) throw new ComposeError('keys must be plain words', this.#placeOf(key));
      if (isScalar(key) && isMergeKey(key)) {
        const sources = this.#node(value, depth + 1);
        for (const source of sources.kind === 'list' ? sources.items : [sources]) {
          if (source.kind !== 'map') throw new ComposeError('`<<` takes a mapping, or a list of some', source.place);
          for (const [inner, node] of source.entries) if (!merged.has(inner)) merged.set(inner, node);
        }
        continue;
      }
      const child = value === null ? this.#nothing(key) : this.#node(value, depth + 1);
      own.set(name, isScalar(key) && child.kind !== 'scalar' ? { ...child, place: this.#placeOf(key) } : child);
    }
    return new Map([...merged, ...own]);
  }

  #nothing(key: unknown): Node {
    return { kind: 'scalar', value: null, place: this.#placeOf(key) };
  }

  #tag(tag: string | undefined): { tag?: MergeTag } {
    const known = tag === undefined ? undefined : MERGE_TAGS[tag];
    return known === undefined ? {} : { tag: known };
  }

  #placeOf(value: unknown): Place {
    const range = isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value.range : null;
    return this.#placeAt(range?.[0] ?? 0);
  }
}

/** A whole number that is too large to be kept exactly, as an identity in a variable, stays the text that it is. */
function exact(value: string | number | boolean, source: string | undefined): string | number | boolean {
  const isWhole = typeof value === 'number' && Number.isInteger(value) && /^[-+]?\d+$/.test(source ?? '');
  return isWhole && !Number.isSafeInteger(value) ? (source ?? value) : value;
}

/** An unquoted `<<`. The library makes a symbol of it in a merging document. */
function isMergeKey(key: { value: unknown; type?: string | null | undefined }): boolean {
  return (key.value === '<<' || typeof key.value === 'symbol') && (key.type === undefined || key.type === 'PLAIN');
}
