import type { ReactNode } from 'react';
import css from './CompareTable.module.css';

interface CompareTableProps {
  /** What the two columns are of. */
  readonly left: ReactNode;
  readonly right: ReactNode;
  readonly children: ReactNode;
}

/** A table of rows that have a name, a value of one thing, and the same of another. */
export function CompareTable({ left, right, children }: CompareTableProps) {
  return (
    <table className={css['table']}>
      <thead>
        <tr>
          <td />
          <th scope="col">{left}</th>
          <th scope="col">{right}</th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

interface DifferenceRowProps {
  readonly name: string;
  /** Lines of text; empty where there is nothing. */
  readonly left: string;
  readonly right: string;
}

/** A row of lines that only one of both has. */
export function DifferenceRow({ name, left, right }: DifferenceRowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className={css['lines']}>{left === '' ? '–' : <code>{left}</code>}</td>
      <td className={css['lines']}>{right === '' ? '–' : <code>{right}</code>}</td>
    </tr>
  );
}
