import type { ComposeKeys } from '../../../runtime/contract/compose-keys.ts';

/** What can be written at a place in a Compose file, block style. All pure. */

export interface Word {
  readonly label: string;
  readonly kind: 'mapping' | 'list' | 'text' | 'value' | 'name';
}

interface Words {
  /** Where what is completed begins. */
  readonly from: number;
  readonly options: readonly Word[];
}

/** A step on the way to a place: the key of a mapping, or an entry of a list. */
const ENTRY = '[]';
/** Sections whose names a service's keys mean. */
const SECTIONS: Readonly<Record<string, string>> = {
  depends_on: 'services',
  links: 'services',
  networks: 'networks',
  volumes: 'volumes',
  configs: 'configs',
  secrets: 'secrets',
  models: 'models',
};
/** Keys of a service of which there may be further ones of the same name below. */
const SERVICE_DEPTH = 3;

interface Line {
  /** Columns of the dashes that begin entries of lists. */
  readonly dashes: readonly number[];
  /** Column of the key, or of whatever stands there. */
  readonly column: number;
  /** null where there is none. */
  readonly key: string | null;
}

function lineOf(text: string): Line | null {
  const [, blank = '', dashes = '', rest = ''] = /^( *)((?:- +|-$)*)(.*)$/.exec(text) ?? [];
  if (rest.startsWith('#') || (rest === '' && dashes === '')) return null;
  const [, double, single, plain] = /^(?:"([^"]*)"|'([^']*)'|([^\s#:"'[{][^\s:]*))\s*:(?:\s|$)/.exec(rest) ?? [];
  return {
    dashes: [...dashes.matchAll(/-/g)].map(({ index }) => blank.length + index),
    column: blank.length + dashes.length,
    key: double ?? single ?? plain ?? null,
  };
}

/** The way from the top to a column below these lines. */
function wayTo(lines: readonly string[], column: number, dashes: readonly number[]): string[] {
  const way: string[] = [];
  const place = { limit: column, isList: false };
  const enterLists = (columns: readonly number[]): void => {
    for (const dash of columns.toReversed()) {
      if (dash >= place.limit) continue;
      way.unshift(ENTRY);
      place.limit = dash;
      place.isList = true;
    }
  };
  enterLists(dashes);
  for (let at = lines.length - 1; at >= 0 && (place.limit > 0 || place.isList); at -= 1) {
    const line = lineOf(lines[at] ?? '');
    if (line === null) continue;
    // A list may stand at the column of its key.
    const isOfList = place.isList && line.column === place.limit && line.dashes.length === 0;
    const isAbove = line.column < place.limit || isOfList;
    if (isAbove && line.key !== null) {
      way.unshift(line.key);
      place.limit = line.column;
      place.isList = false;
    }
    enterLists(line.dashes);
  }
  return way;
}

function nodeAt(root: ComposeKeys, way: readonly string[]): ComposeKeys | null {
  let node: ComposeKeys | undefined = root;
  for (const step of way)
    node = step === ENTRY ? node?.each : Object.hasOwn(node?.keys ?? {}, step) ? node?.keys?.[step] : node?.keys?.['*'];
  return node ?? null;
}

/** Names in a section at the top of the file. */
function namesIn(lines: readonly string[], section: string): string[] {
  const start = lines.findIndex((line) => new RegExp(`^${section}\\s*:`).test(line));
  if (start < 0) return [];
  const names: string[] = [];
  let column = 0;
  for (const text of lines.slice(start + 1)) {
    const line = lineOf(text);
    if (line === null) continue;
    if (line.column === 0) break;
    if (column === 0) column = line.column;
    if (line.column === column && line.key !== null) names.push(line.key);
  }
  return names;
}

/** Keys that stand beside a place already. */
function besides(lines: readonly string[], at: number, column: number, beginsEntry: boolean): Set<string> {
  const found = new Set<string>();
  for (const step of beginsEntry ? [1] : [-1, 1])
    for (let index = at + step; index >= 0 && index < lines.length; index += step) {
      const line = lineOf(lines[index] ?? '');
      if (line === null) continue;
      if (line.column === column && line.key !== null && (line.dashes.length === 0 || step < 0)) found.add(line.key);
      // A dash begins another entry.
      if (line.column < column || line.dashes.some((dash) => dash < column)) break;
    }
  return found;
}

function kindOf({ keys, each, values }: ComposeKeys): Word['kind'] {
  if (values !== undefined) return 'text';
  return keys !== undefined ? 'mapping' : each !== undefined ? 'list' : 'text';
}

/** What can stand at a position, or null where nothing is known of it. */
export function wordsAt(text: string, position: number, root: ComposeKeys): Words | null {
  const before = text.slice(0, position).split('\n');
  const current = before.at(-1) ?? '';
  const above = before.slice(0, -1);
  const lines = text.split('\n');
  const names = (section: string | undefined): Word[] =>
    section === undefined ? [] : namesIn(lines, section).map((label) => ({ label, kind: 'name' }));
  const sectionOf = (way: readonly string[]): string | undefined =>
    way[0] === 'services' && way.length === SERVICE_DEPTH ? SECTIONS[way[2] ?? ''] : undefined;

  const value = /^ *(?:- +)*[\w.-]+:[ \t]+(["']?)([\w.+-]*)$/.exec(current);
  if (value !== null) {
    const line = lineOf(current);
    if (line?.key === null || line === null) return null;
    const node = nodeAt(root, [...wayTo(above, line.column, line.dashes), line.key]);
    const options = (node?.values ?? []).map((label): Word => ({ label, kind: 'value' }));
    return options.length === 0 ? null : { from: position - (value[2] ?? '').length, options };
  }
  const key = /^( *)((?:- +)*)([\w.-]*)$/.exec(current);
  if (key === null) return null;
  const [, blank = '', dashes = '', word = ''] = key;
  const column = blank.length + dashes.length;
  const dashColumns = [...dashes.matchAll(/-/g)].map(({ index }) => blank.length + index);
  const way = wayTo(above, column, dashColumns);
  const node = nodeAt(root, way);
  if (node === null) return null;
  const there = besides(lines, above.length, column, dashColumns.length > 0);
  const isEntry = way.at(-1) === ENTRY;
  const keys = Object.entries(node.keys ?? {})
    .filter(([label]) => label !== '*' && !there.has(label))
    .map(([label, one]): Word => ({ label, kind: kindOf(one) }));
  const named = names(sectionOf(isEntry ? way.slice(0, -1) : way)).filter(
    ({ label }) => !there.has(label) && (isEntry || node.keys?.['*'] !== undefined),
  );
  const values = isEntry ? (node.values ?? []).map((label): Word => ({ label, kind: 'value' })) : [];
  const options = [...named, ...values, ...keys];
  return options.length === 0 ? null : { from: position - word.length, options };
}

/** What is put in for a word: with the colon behind a key. */
export function written({ label, kind }: Word, isMapping: boolean): string {
  if (kind === 'value' || (kind === 'name' && !isMapping)) return label;
  return kind === 'text' ? `${label}: ` : `${label}:`;
}
