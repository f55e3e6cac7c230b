import { create } from 'zustand';
import type { FileTarget } from '../../runtime/contract/files.ts';
import { isServed } from '../platform/host.ts';
import { onEngineEvent } from './engine.ts';
import { useTasks } from './tasks.ts';

interface Drafts {
  /** By what they are of: the kind of thing, and its name. */
  readonly texts: ReadonlyMap<string, string>;
  /** Beginnings of what is no longer there. A container may come back from the trash, and what was typed with it. */
  readonly gone: ReadonlySet<string>;
}

/** Texts that were typed and not saved. They outlive their screen: a look elsewhere must cost nobody their work. */
const useDrafts = create<Drafts>(() => ({ texts: new Map(), gone: new Set() }));

/** What a draft is of that changes a file of a container or volume. */
export function fileDraft(target: FileTarget, path: string): string {
  return `${filesOf(target)}${path}`;
}

function filesOf(target: FileTarget): string {
  return `file ${target.kind} ${target.kind === 'container' ? target.id : target.name} `;
}

/** What was typed into something and not saved; null for nothing. */
export function useDraft(of: string): string | null {
  return useDrafts(({ texts }) => texts.get(of) ?? null);
}

/** What is typed now; null when it was saved, or thrown away. */
export function setDraft(of: string, text: string | null): void {
  useDrafts.setState(({ texts }) => {
    const next = new Map(texts);
    if (text === null) next.delete(of);
    else next.set(of, text);
    return { texts: next };
  });
}

/** Whether closing or reloading the page would lose something: typed texts, and work that ends with the page. */
function wouldLose(): boolean {
  const { texts, gone } = useDrafts.getState();
  const isKept = (of: string) => ![...gone].some((beginning) => of.startsWith(beginning));
  const { tasks } = useTasks.getState();
  return [...texts.keys()].some(isKept) || tasks.some((task) => task.endsWithPage && task.state === 'running');
}

function setGone(target: FileTarget, isGone: boolean): void {
  const { gone } = useDrafts.getState();
  const beginning = filesOf(target);
  if (gone.has(beginning) === isGone) return;
  const next = new Set(gone);
  if (isGone) next.add(beginning);
  else next.delete(beginning);
  useDrafts.setState({ gone: next });
}

/** Has the browser ask before it lets the page go, for as long as the page lives. A desktop window would stay without a word. */
export function startDrafts(): void {
  if (!isServed()) return;
  onEngineEvent((event) => {
    if (event.kind !== 'event' || !/^(create|destroy)$/.test(event.action)) return;
    const isGone = event.action === 'destroy';
    // What was never typed into is not worth a note.
    if (isGone && useDrafts.getState().texts.size === 0) return;
    if (event.type === 'container') setGone({ kind: 'container', id: event.id }, isGone);
    else if (event.type === 'volume') setGone({ kind: 'volume', name: event.id }, isGone);
  });
  window.addEventListener('beforeunload', (event) => {
    if (wouldLose()) event.preventDefault();
  });
}
