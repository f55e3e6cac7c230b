import { CircleAlert } from 'lucide-react';
import type { BuildProblem as Problem } from '../../../runtime/contract/builds.ts';
import { builds as texts } from '../../strings/builds.ts';
import css from './BuildView.module.css';

/** Why a build failed: the message, and where the Dockerfile says what failed. */
export function BuildProblem({ problem }: { readonly problem: Problem }) {
  const { message, file, start, end, excerpt } = problem;
  return (
    <div role="alert" className={css['problem']}>
      <p>
        <CircleAlert size={16} aria-hidden />
        <span>
          <strong>{file === '' ? texts.failedTitle : texts.at(file, start, end)}</strong>
          <span className={css['message']}>{message}</span>
        </span>
      </p>
      {excerpt.length > 0 && (
        <pre aria-label={texts.excerpt} tabIndex={0} className={css['excerpt']}>
          {excerpt.map(({ line, text, meant }) => (
            <span key={line} data-meant={meant}>
              <span className={css['lineNumber']}>{line}</span>
              {text}
              {'\n'}
            </span>
          ))}
        </pre>
      )}
    </div>
  );
}
