import { Copy } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useConnection } from '../../data/connection.ts';
import { useEngine } from '../../data/engine.ts';
import { common } from '../../strings/common.ts';
import { engine } from '../../strings/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { StateDot, type Tone } from '../../ui/StateDot.tsx';
import { copyDockerHost } from './copy-host.ts';
import { engineFacts } from './engine-facts.ts';
import { EngineButtons } from './EngineButtons.tsx';
import css from './EngineChip.module.css';

function useEngineState(): { tone: Tone; text: string } {
  const phase = useEngine((state) => state.phase);
  const connection = useConnection((state) => state.phase);
  if (connection === 'connecting') return { tone: 'busy', text: engine.connecting };
  if (connection !== 'ready') return { tone: 'bad', text: engine.disconnected };
  switch (phase) {
    case 'connecting':
      return { tone: 'busy', text: engine.connecting };
    case 'running':
      return { tone: 'good', text: engine.running };
    case 'starting':
      return { tone: 'busy', text: engine.starting };
    case 'stopping':
      return { tone: 'busy', text: engine.stopping };
    case 'stopped':
      return { tone: 'idle', text: engine.stopped };
    case 'unreachable':
      return { tone: 'bad', text: engine.unreachable };
  }
}

/** The engine's state at the foot of the rail; opens what is known of it and what can be done with it. */
export function EngineChip() {
  const { tone, text } = useEngineState();
  const { info, phase } = useEngine();
  const facts: readonly (readonly [string, string])[] =
    info === null ? [] : [...engineFacts(info), [engine.data, info.dataRoot]];
  return (
    <Popover.Root>
      <Popover.Trigger className={css['chip']} title={text}>
        <StateDot tone={tone} text={text} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={css['panel']} side="right" align="end" sideOffset={10} aria-label={engine.engine}>
          <h2 className={css['title']}>
            <StateDot tone={tone} text={text} />
          </h2>
          {info === null ? (
            <p className={css['none']}>{engine.nothingKnown}</p>
          ) : (
            <>
              <dl className={css['facts']}>
                {facts
                  .filter(([, value]) => value !== '')
                  .map(([name, value]) => (
                    <div key={name}>
                      <dt>{name}</dt>
                      <dd title={value}>{value}</dd>
                    </div>
                  ))}
              </dl>
              <div className={css['host']}>
                <span>{engine.forOthers}</span>
                <code>{`export DOCKER_HOST=${info.dockerHost}`}</code>
                <Button size="small" icon={<Copy size={13} />} onClick={copyDockerHost}>
                  {common.copy}
                </Button>
              </div>
              {info.warnings.length > 0 && (
                <ul className={css['warnings']}>
                  {info.warnings.map((warning) => (
                    <li key={warning}>{warning}</li>
                  ))}
                </ul>
              )}
              {info.controllable && (
                <div className={css['buttons']}>
                  <EngineButtons size="small" />
                  {phase === 'running' && <span className={css['note']}>{engine.goOn}</span>}
                </div>
              )}
            </>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
