import { EngineError } from '../../errors.ts';

/** A repository, what to take of it, and where in it. */
export interface GitSource {
  readonly repository: string;
  /** Branch, tag or commit; '' for the default branch. */
  readonly reference: string;
  readonly directory: string;
  /** The commit that is expected, or its beginning; '' for any. */
  readonly checksum: string;
  /** Whether `.git` comes along; null when the address does not say. */
  readonly keepGitDir: boolean | null;
  readonly submodules: boolean;
}

/** `git@host:path`, `git://`, `ssh://`, and http(s) addresses whose path ends with `.git`. */
export function isGitSource(source: string): boolean {
  if (/^(?:git|ssh):\/\//.test(source) || /^[\w.-]+@[\w.-]+:[^/\\].*/.test(source)) return true;
  return /^https?:\/\/[^?#]*\.git(?:[?#]|$)/.test(source);
}

/** Whether a name is that of a commit, and whole. */
export function isCommit(name: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name);
}

/** What an address may say behind its `?`. */
interface Query {
  readonly values: ReadonlyMap<string, string>;
  readonly switches: ReadonlyMap<string, boolean>;
}

const VALUES = ['ref', 'tag', 'branch', 'subdir', 'checksum', 'commit'];
const SWITCHES = ['keep-git-dir', 'submodules'];

/** `url?tag=v1&commit=...&subdir=...`, `url#reference:directory`. Throws `invalid` for what contradicts itself. */
export function parseGitSource(source: string): GitSource {
  const hash = source.indexOf('#');
  const fragment = hash < 0 ? '' : source.slice(hash + 1);
  const address = hash < 0 ? source : source.slice(0, hash);
  const colon = fragment.indexOf(':');
  const { values, switches } = readQuery(/\?(.*)/s.exec(address)?.[1] ?? '');
  const tag = prefixed('refs/tags/', values.get('tag'));
  const branch = prefixed('refs/heads/', values.get('branch'));
  if (tag !== undefined && branch !== undefined) throw new EngineError('invalid', 'branch conflicts with tag');
  const reference = same('ref', [colon < 0 ? fragment : fragment.slice(0, colon), values.get('ref'), tag, branch]);
  const checksum = same('checksum', [values.get('checksum'), values.get('commit')]);
  return {
    repository: address.replace(/\?.*$/s, ''),
    // A commit alone is not only what is expected.
    reference: reference === '' && isCommit(checksum) ? checksum : reference,
    directory: same('subdir', [colon < 0 ? '' : fragment.slice(colon + 1), values.get('subdir')]),
    checksum,
    keepGitDir: switches.get('keep-git-dir') ?? null,
    submodules: switches.get('submodules') ?? true,
  };
}

/** What ADD wants of a repository, by its flags besides. Throws `invalid` where they contradict the address. */
export function withFlags(source: GitSource, flags: Pick<GitSource, 'checksum' | 'keepGitDir'>): GitSource {
  const checksum = flags.checksum || source.checksum;
  if (source.checksum !== '' && source.checksum !== checksum)
    throw new EngineError(
      'invalid',
      `checksum mismatch ${JSON.stringify(checksum)} != ${JSON.stringify(source.checksum)}`,
    );
  const keepGitDir = flags.keepGitDir ?? source.keepGitDir;
  if (source.keepGitDir !== null && source.keepGitDir !== keepGitDir)
    throw new EngineError('invalid', 'inconsistent keep-git-dir configuration');
  return { ...source, checksum, keepGitDir };
}

function readQuery(text: string): Query {
  const query = new URLSearchParams(text);
  const values = new Map<string, string>();
  const switches = new Map<string, boolean>();
  for (const [key, value] of query) {
    const quoted = JSON.stringify(key);
    if (query.getAll(key).length > 1) throw new EngineError('invalid', `query ${quoted} has multiple values`);
    if (SWITCHES.includes(key)) switches.set(key, truth(key, value));
    else if (!VALUES.includes(key)) throw new EngineError('invalid', `unexpected query ${quoted}`);
    else if (value === '') throw new EngineError('invalid', `query ${quoted} has no value`);
    else values.set(key, value);
  }
  return { values, switches };
}

function truth(key: string, value: string): boolean {
  if (/^(?:|1|t|T|true|True|TRUE)$/.test(value)) return true;
  if (/^(?:0|f|F|false|False|FALSE)$/.test(value)) return false;
  throw new EngineError('invalid', `invalid ${key} value: ${JSON.stringify(value)}`);
}

function prefixed(prefix: string, name: string | undefined): string | undefined {
  return name === undefined || name.startsWith(prefix) ? name : `${prefix}${name}`;
}

/** What several places say alike; '' when none does. */
function same(what: string, places: readonly (string | undefined)[]): string {
  const [first = '', ...others] = places.filter((place) => place !== undefined && place !== '');
  const other = others.find((one) => one !== first);
  if (other !== undefined)
    throw new EngineError('invalid', `${what} conflicts: ${JSON.stringify(first)} vs ${JSON.stringify(other)}`);
  return first;
}
