import { create } from 'zustand';
import { isServed } from '../platform/host.ts';
import { useTasks } from './tasks.ts';

interface Drafts {
  /** By what they are of: the kind of thing, and its name. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Texts that were typed and not saved. They outlive their screen: a look elsewhere must cost nobody their work. */
const useDrafts = create<Drafts>(() => ({ texts: new Map() }));

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
  const { tasks } = useTasks.getState();
  return useDrafts.getState().texts.size > 0 || tasks.some((task) => task.endsWithPage && task.state === 'running');
}

/** Has the browser ask before it lets the page go, for as long as the page lives. A desktop window would stay without a word. */
export function startDrafts(): void {
  if (!isServed()) return;
  window.addEventListener('beforeunload', (event) => {
    if (wouldLose()) event.preventDefault();
  });
}
