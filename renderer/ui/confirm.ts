/** A question that must be answered before something irreversible happens. */
export interface Question {
  readonly title: string;
  readonly body: string;
  /** The verb on the button that says yes. */
  readonly action: string;
}

type Asker = (question: Question) => Promise<boolean>;

let asker: Asker | null = null;

/** Used by the one ConfirmHost on the page. */
export function setAsker(next: Asker | null): void {
  asker = next;
}

/** Asks; resolves to false when there is nobody to ask. */
export async function confirm(question: Question): Promise<boolean> {
  return asker === null ? false : await asker(question);
}
