import { Power, RotateCw } from 'lucide-react';
import { useEngine } from '../../data/engine.ts';
import { engine } from '../../strings/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { control } from './actions.tsx';

/** Starts, stops and restarts the app's own engine; nothing where the app did not start it. */
export function EngineButtons({ size = 'medium' }: { readonly size?: 'small' | 'medium' }) {
  const isControllable = useEngine(({ info }) => info?.controllable === true);
  const phase = useEngine((state) => state.phase);
  if (!isControllable) return null;
  const iconSize = size === 'small' ? 13 : 15;
  if (phase !== 'running')
    return (
      <Button
        size={size}
        variant="primary"
        icon={<Power size={iconSize} />}
        busy={phase === 'starting' || phase === 'stopping'}
        onClick={() => {
          control('start');
        }}
      >
        {engine.start}
      </Button>
    );
  return (
    <>
      <Button
        size={size}
        icon={<RotateCw size={iconSize} />}
        title={engine.goOn}
        onClick={() => {
          control('restart');
        }}
      >
        {engine.restart}
      </Button>
      <Button
        size={size}
        icon={<Power size={iconSize} />}
        title={engine.goOn}
        onClick={() => {
          control('stop');
        }}
      >
        {engine.stop}
      </Button>
    </>
  );
}
