import { drop } from '../../data/drop.ts';
import { find, useEngine } from '../../data/engine.ts';
import { ErrorState } from './ErrorState.tsx';

/** In place of what the engine has not told yet: nothing while that comes in a moment, the reason while it cannot come. */
export function NotYet() {
  const { phase, error } = useEngine();
  if (error === null || (phase !== 'unreachable' && phase !== 'stopped')) return null;
  return (
    <ErrorState
      error={error}
      onRetry={() => {
        drop(find());
      }}
    />
  );
}
