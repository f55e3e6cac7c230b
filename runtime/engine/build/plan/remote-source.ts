import { isGitSource } from './git-source.ts';

/** Whether ADD fetches a source: an http(s) address, or a git repository. */
export function isRemoteSource(source: string): boolean {
  return /^https?:\/\//.test(source) || isGitSource(source);
}
