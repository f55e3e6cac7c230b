import type { BridgeError } from '../../../runtime/rpc/error.ts';
import { retryNow, useConnection } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { find, useEngine, type EnginePhase } from '../../data/engine.ts';
import { engine } from '../../strings/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { control } from './actions.tsx';
import css from './EngineBanner.module.css';

/** A line above the screen while something is lost. What is on the screen stays: it is the last that was known. */
export function EngineBanner() {
  const connection = useConnection();
  const state = useEngine();
  if (connection.phase === 'connecting') return null;
  if (connection.phase !== 'ready') {
    const refused = connection.phase === 'refused';
    return (
      <div className={css['banner']} role="alert">
        <span className={refused ? css['mark'] : css['spinner']} aria-hidden="true" />
        <span className={css['text']}>
          <strong>{connection.error?.message ?? engine.lostApp}</strong>{' '}
          {refused ? connection.error?.hint : engine.connectingAgain}
        </span>
        <Button size="small" onClick={retryNow}>
          {engine.tryNow}
        </Button>
      </div>
    );
  }
  if (state.phase === 'running' || state.phase === 'connecting') return null;
  const down = state.phase === 'unreachable' || state.phase === 'stopped';
  const [what, more] = describe(state.phase, state.error);
  return (
    <div className={css['banner']} role="alert">
      <span className={state.phase === 'stopped' ? css['mark'] : css['spinner']} aria-hidden="true" />
      <span className={css['text']}>
        <strong>{what}</strong> {more}
      </span>
      {down &&
        (state.info?.controllable === true ? (
          <Button
            size="small"
            onClick={() => {
              control('start');
            }}
          >
            {engine.startEngine}
          </Button>
        ) : (
          <Button
            size="small"
            onClick={() => {
              drop(find());
            }}
          >
            {engine.tryNow}
          </Button>
        ))}
    </div>
  );
}

function describe(phase: EnginePhase, error: BridgeError | null): readonly [string, string] {
  switch (phase) {
    case 'starting':
      return [engine.bannerStarting, engine.moment];
    case 'stopping':
      return [engine.bannerStopping, engine.moment];
    case 'stopped':
      return [engine.bannerStopped, engine.lastKnown];
    default:
      return [error?.message ?? engine.bannerLost, engine.looking];
  }
}
