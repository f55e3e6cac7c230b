import type { z } from 'zod';
import { ComposeError } from '../errors.ts';
import { nodeAt, plain, type MapNode } from '../load/node.ts';
import { withoutExtensions } from './extensions.ts';
import { nearest } from './nearest.ts';
import { model, type ModelInput } from './top.ts';
import { service } from './service.ts';

/** Checks a merged model against the Compose spec. Throws ComposeError at the first thing that is off. */
export function validateModel(root: MapNode): ModelInput {
  const result = model.safeParse(plain(withoutExtensions(root)));
  if (result.success) return result.data;
  const { path, message } = deepest(result.error.issues);
  throw new ComposeError(`${path.map(String).join('.')} ${message}`.trim(), nodeAt(root, path).place);
}

interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Said by our own check of a value whose type was right. */
  readonly isSpecific: boolean;
}

/** What a person wants to hear: in alternatives the one that came furthest, unknown keys with what they may mean. */
function deepest(issues: readonly z.core.$ZodIssue[], prefix: readonly PropertyKey[] = []): Finding {
  const findings = issues.map((issue): Finding => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'invalid_union') {
      const [best] = issue.errors
        .filter((list) => list.length > 0)
        .map((list) => deepest(list, path))
        .sort((a, b) => b.path.length - a.path.length || Number(b.isSpecific) - Number(a.isSpecific));
      if (best !== undefined && (best.path.length > path.length || best.isSpecific)) return best;
      return { path, message: unionMessage(issue, best), isSpecific: false };
    }
    if (issue.code === 'unrecognized_keys') {
      const [key = ''] = issue.keys;
      const known = knownKeys(path);
      const similar = known === null ? null : nearest(key, known);
      return {
        path: [...path, key],
        message: `is not known here${similar === null ? '' : `; did you mean "${similar}"?`}`,
        isSpecific: true,
      };
    }
    if (issue.code === 'invalid_key')
      return { path, message: issue.issues[0]?.message ?? issue.message, isSpecific: true };
    return { path, message: sentence(issue), isSpecific: issue.code === 'custom' };
  });
  return findings[0] ?? { path: [...prefix], message: 'is not valid', isSpecific: false };
}

function unionMessage(issue: z.core.$ZodIssue, best: Finding | undefined): string {
  return issue.message === 'Invalid input' ? (best?.message ?? 'is not valid') : issue.message;
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code !== 'invalid_type') return issue.message;
  if (!issue.message.startsWith('Invalid input')) return issue.message;
  const words: Readonly<Record<string, string>> = {
    object: 'a mapping',
    array: 'a list',
    string: 'a text',
    record: 'a mapping',
  };
  return `must be ${words[issue.expected] ?? `a ${issue.expected}`}`;
}

function knownKeys(path: readonly PropertyKey[]): string[] | null {
  if (path.length === 0) return Object.keys(model.shape);
  if (path.length === 2 && path[0] === 'services') return Object.keys(service.shape);
  return null;
}
