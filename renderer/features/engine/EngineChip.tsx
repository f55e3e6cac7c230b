import { Copy, Power, RotateCw } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useConnection } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { controlEngine, useEngine } from '../../data/engine.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { copyText } from '../../platform/host.ts';
import { Button } from '../../ui/Button.tsx';
import { formatBytes } from '../../ui/format.ts';
import { StateDot, type Tone } from '../../ui/StateDot.tsx';
import css from './EngineChip.module.css';

/** Puts the line that points other tools at this engine on the clipboard. */
export function copyDockerHost(): void {
  const { info } = useEngine.getState();
  if (info === null) return;
  drop(
    copyText(`export DOCKER_HOST=${info.dockerHost}`).then(
      () => {
        showToast({
          tone: 'good',
          title: 'Copied',
          details: [`export DOCKER_HOST=${info.dockerHost}`],
          lifetimeMs: 3500,
        });
      },
      (error: unknown) => {
        showError('The clipboard is not available', error);
      },
    ),
  );
}

function control(action: 'start' | 'stop' | 'restart'): void {
  drop(
    controlEngine(action).catch((error: unknown) => {
      showError(`The engine did not ${action}`, error);
    }),
  );
}

function useEngineState(): { tone: Tone; text: string } {
  const phase = useEngine((state) => state.phase);
  const connection = useConnection((state) => state.phase);
  if (connection === 'connecting') return { tone: 'busy', text: 'Connecting…' };
  if (connection !== 'ready') return { tone: 'bad', text: 'Disconnected' };
  switch (phase) {
    case 'connecting':
      return { tone: 'busy', text: 'Connecting…' };
    case 'running':
      return { tone: 'good', text: 'Engine running' };
    case 'starting':
      return { tone: 'busy', text: 'Engine starting…' };
    case 'stopping':
      return { tone: 'busy', text: 'Engine stopping…' };
    case 'stopped':
      return { tone: 'idle', text: 'Engine stopped' };
    case 'unreachable':
      return { tone: 'bad', text: 'Engine not running' };
  }
}

/** The engine's state at the foot of the rail; opens what is known of it and what can be done with it. */
export function EngineChip() {
  const { tone, text } = useEngineState();
  const { info, phase } = useEngine();
  const facts: readonly (readonly [string, string])[] =
    info === null
      ? []
      : [
          ['Engine', `${info.name} ${info.version}`],
          ['API', info.apiVersion],
          ['Runs as', info.rootless ? 'an ordinary user' : 'root'],
          ['Machine', `${String(info.cpus)} CPUs, ${formatBytes(info.memoryBytes)}`],
          ['Kernel', info.kernel],
          ['Control groups', `v${info.cgroupVersion}`],
          ['Data', info.dataRoot],
        ];
  return (
    <Popover.Root>
      <Popover.Trigger className={css['chip']} title={text}>
        <StateDot tone={tone} text={text} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={css['panel']} side="right" align="end" sideOffset={10} aria-label="Engine">
          <h2 className={css['title']}>
            <StateDot tone={tone} text={text} />
          </h2>
          {info === null ? (
            <p className={css['none']}>Nothing is known of the engine yet.</p>
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
                <span>For docker and other tools</span>
                <code>{`export DOCKER_HOST=${info.dockerHost}`}</code>
                <Button size="small" icon={<Copy size={13} />} onClick={copyDockerHost}>
                  Copy
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
                  {phase === 'running' ? (
                    <>
                      <Button
                        size="small"
                        icon={<RotateCw size={13} />}
                        onClick={() => {
                          control('restart');
                        }}
                      >
                        Restart
                      </Button>
                      <Button
                        size="small"
                        icon={<Power size={13} />}
                        onClick={() => {
                          control('stop');
                        }}
                      >
                        Stop
                      </Button>
                      <span className={css['note']}>Containers go on running.</span>
                    </>
                  ) : (
                    <Button
                      size="small"
                      variant="primary"
                      icon={<Power size={13} />}
                      onClick={() => {
                        control('start');
                      }}
                    >
                      Start
                    </Button>
                  )}
                </div>
              )}
            </>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
