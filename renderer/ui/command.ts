import type { ReactNode } from 'react';

/** Something that can be done from anywhere: one object feeds the palette, the keys and the shortcut sheet. */
export interface Command {
  readonly id: string;
  readonly label: string;
  /** `go` leads to a screen, `do` does something. */
  readonly group: 'go' | 'do';
  readonly icon: ReactNode;
  /** As shown: "g c", "Ctrl+K". Two letters are typed one after the other. */
  readonly keys?: string;
  readonly run: () => void;
}
