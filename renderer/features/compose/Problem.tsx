import { CircleAlert } from 'lucide-react';
import type { ComposeProblem } from '../../../runtime/contract/compose.ts';
import { compose as texts } from '../../strings/compose.ts';
import css from './Compose.module.css';

/** What is off in a file, and where. */
export function Problem({ problem }: { readonly problem: ComposeProblem }) {
  return (
    <p role="alert" className={css['problem']}>
      <CircleAlert size={16} aria-hidden />
      <span>
        {problem.line > 0 && <strong>{texts.at(problem.line)}: </strong>}
        {problem.message}
      </span>
    </p>
  );
}
