/** Whether ADD fetches a source: an http(s) address, or a git repository. */
export function isRemoteSource(source: string): boolean {
  return /^https?:\/\//.test(source) || isGitSource(source);
}

/** `git@host:path`, `git://`, `ssh://`, and http(s) addresses whose path ends with `.git`. */
export function isGitSource(source: string): boolean {
  if (/^(?:git|ssh):\/\//.test(source) || /^[\w.-]+@[\w.-]+:[^/\\].*/.test(source)) return true;
  return /^https?:\/\/[^?#]*\.git(?:[?#]|$)/.test(source);
}

/** A repository, what to take of it, and where in it. */
export interface GitSource {
  readonly repository: string;
  /** Branch, tag or commit; '' for the default branch. */
  readonly reference: string;
  readonly directory: string;
}

/** `url#reference:directory` */
export function parseGitSource(source: string): GitSource {
  const hash = source.indexOf('#');
  const repository = (hash < 0 ? source : source.slice(0, hash)).replace(/\?.*$/, '');
  const fragment = hash < 0 ? '' : source.slice(hash + 1);
  const colon = fragment.indexOf(':');
  const query = new URLSearchParams(/\?([^#]*)/.exec(source)?.[1] ?? '');
  return {
    repository,
    reference:
      (colon < 0 ? fragment : fragment.slice(0, colon)) ||
      (query.get('ref') ?? query.get('branch') ?? query.get('tag') ?? ''),
    directory: colon < 0 ? (query.get('subdir') ?? '') : fragment.slice(colon + 1),
  };
}
