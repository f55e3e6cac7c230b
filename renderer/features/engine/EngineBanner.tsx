import type { BridgeError } from '../../../runtime/rpc/error.ts';
import { retryNow, useConnection } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { controlEngine, find, useEngine, type EnginePhase } from '../../data/engine.ts';
import { showError } from '../../data/toasts.ts';
import { Button } from '../../ui/Button.tsx';
import css from './EngineBanner.module.css';

/** A line above the screen while something is lost. What is on the screen stays: it is the last that was known. */
export function EngineBanner() {
  const connection = useConnection();
  const engine = useEngine();
  if (connection.phase === 'connecting') return null;
  if (connection.phase !== 'ready') {
    const refused = connection.phase === 'refused';
    return (
      <div className={css['banner']} role="alert">
        <span className={refused ? css['mark'] : css['spinner']} aria-hidden="true" />
        <span className={css['text']}>
          <strong>{connection.error?.message ?? 'The connection to the app was lost.'}</strong>{' '}
          {refused ? connection.error?.hint : 'Connecting again. Your containers go on running.'}
        </span>
        <Button size="small" onClick={retryNow}>
          Try now
        </Button>
      </div>
    );
  }
  if (engine.phase === 'running' || engine.phase === 'connecting') return null;
  const down = engine.phase === 'unreachable' || engine.phase === 'stopped';
  const [what, more] = describe(engine.phase, engine.error);
  return (
    <div className={css['banner']} role="alert">
      <span className={engine.phase === 'stopped' ? css['mark'] : css['spinner']} aria-hidden="true" />
      <span className={css['text']}>
        <strong>{what}</strong> {more}
      </span>
      {down &&
        (engine.info?.controllable === true ? (
          <Button
            size="small"
            onClick={() => {
              drop(
                controlEngine('start').catch((error: unknown) => {
                  showError('The engine did not start', error);
                }),
              );
            }}
          >
            Start engine
          </Button>
        ) : (
          <Button
            size="small"
            onClick={() => {
              drop(find());
            }}
          >
            Try now
          </Button>
        ))}
    </div>
  );
}

function describe(phase: EnginePhase, error: BridgeError | null): readonly [string, string] {
  switch (phase) {
    case 'starting':
      return ['The engine is starting.', 'This takes a moment.'];
    case 'stopping':
      return ['The engine is stopping.', 'This takes a moment.'];
    case 'stopped':
      return ['The engine is stopped.', 'Running containers go on; what is shown is the last that was known.'];
    default:
      return [
        error?.message ?? 'The engine is not running.',
        'Looking for it. Running containers go on; this page catches up by itself.',
      ];
  }
}
