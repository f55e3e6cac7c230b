import type { DoctorFinding } from '../../runtime/contract/system.ts';

/** The one thing that the doctor's process says to main before it ends. */
export type FromDoctor =
  | { readonly kind: 'found'; readonly findings: readonly DoctorFinding[] }
  | { readonly kind: 'failed'; readonly text: string };
