import {
  CircleAlert,
  CircleCheck,
  Import,
  Plus,
  RotateCcw,
  SlidersHorizontal,
  Stethoscope,
  Trash2,
  TriangleAlert,
} from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { DoctorFinding } from '../../../runtime/contract/system.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { openDialog, useDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { useQuery } from '../../data/use-query.ts';
import { common } from '../../strings/common.ts';
import { engine as engineTexts } from '../../strings/engine.ts';
import { engineSettings } from '../../strings/engine-settings.ts';
import { migrate } from '../../strings/migrate.ts';
import { reset } from '../../strings/reset.ts';
import { systemCommands } from '../../strings/system-commands.ts';
import { system as texts } from '../../strings/system.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Page } from '../../ui/Page.tsx';
import { Facts, Section } from '../../ui/Section.tsx';
import { showEngine } from './actions.tsx';
import { EngineButtons } from './EngineButtons.tsx';
import { engineFacts } from './engine-facts.ts';
import css from './EngineView.module.css';
import { ErrorState } from './ErrorState.tsx';
import { Resources } from './Resources.tsx';

const SIGNS: Readonly<Record<DoctorFinding['status'], ReactNode>> = {
  ok: <CircleCheck size={16} aria-hidden />,
  warning: <TriangleAlert size={16} aria-hidden />,
  problem: <CircleAlert size={16} aria-hidden />,
};

function Doctor() {
  const [state, setState] = useState<'idle' | 'busy' | readonly DoctorFinding[] | BridgeError>('idle');
  const running = useRef<AbortController | null>(null);
  useEffect(
    () => () => {
      running.current?.abort();
    },
    [],
  );
  const examine = (deep: boolean) => {
    const controller = new AbortController();
    running.current = controller;
    setState('busy');
    drop(
      call('system.doctor', { deep }, { signal: controller.signal }).then(setState, (thrown: unknown) => {
        const error = BridgeError.from(thrown);
        setState(error.code === 'cancelled' ? 'idle' : error);
      }),
    );
  };
  return (
    <Section
      title={texts.doctor}
      tools={
        <span className={css['tools']}>
          <Button
            size="small"
            icon={<Stethoscope size={14} />}
            busy={state === 'busy'}
            onClick={() => {
              examine(false);
            }}
          >
            {state === 'busy' ? texts.examining : texts.examine}
          </Button>
          <Button
            size="small"
            variant="quiet"
            onClick={() => {
              if (state === 'busy') running.current?.abort();
              else examine(true);
            }}
          >
            {state === 'busy' ? common.cancel : texts.examineDeep}
          </Button>
        </span>
      }
    >
      {state instanceof BridgeError ? (
        <p role="alert" className={css['problem']}>
          {state.message}
        </p>
      ) : typeof state === 'string' ? (
        <p className={css['dim']}>{texts.doctorText}</p>
      ) : (
        <ul className={css['findings']} aria-live="polite">
          {state.map((finding, index) => (
            // Two findings may say the same of different things.
            <li key={`${finding.id} ${String(index)}`} className={css[finding.status]}>
              {SIGNS[finding.status]}
              <span>
                <span className="visually-hidden">{texts.signs[finding.status]}: </span>
                {finding.text}
                {finding.advice !== '' && <span className={css['advice']}>{finding.advice}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Engines() {
  const generation = useEngine((state) => state.generation);
  const dialog = useDialog((state) => state.current);
  const [version, setVersion] = useState(0);
  const { data, error, retry } = useQuery(
    'engines.list',
    {},
    `${String(generation)} ${String(version)} ${String(dialog === null)}`,
  );
  return (
    <Section
      title={texts.engines}
      tools={
        <span className={css['tools']}>
          <Button
            size="small"
            icon={<Import size={14} />}
            onClick={() => {
              navigate('/engine/bring');
            }}
          >
            {migrate.open}
          </Button>
          <Button
            size="small"
            icon={<Plus size={14} />}
            onClick={() => {
              openDialog({ kind: 'engine-add' });
            }}
          >
            {systemCommands.addEngine}
          </Button>
        </span>
      }
    >
      <p className={css['dim']}>{texts.enginesText}</p>
      {error !== null && <ErrorState error={error} onRetry={retry} />}
      <ul className={css['engines']}>
        {(data ?? []).map((endpoint) => (
          <li key={endpoint.name}>
            <div>
              <strong>{endpoint.name}</strong> <span className={css['dim']}>{texts.sources[endpoint.source]}</span>
              <code>{endpoint.address}</code>
            </div>
            {endpoint.current ? (
              <span className={css['shown']}>{texts.shown}</span>
            ) : (
              <Button
                size="small"
                aria-label={`${texts.show} ${endpoint.name}`}
                onClick={() => {
                  drop(showEngine(endpoint.name));
                }}
              >
                {texts.show}
              </Button>
            )}
            {endpoint.source === 'added' && !endpoint.current && (
              <IconButton
                danger
                label={`${common.remove} ${endpoint.name}`}
                icon={<Trash2 size={15} />}
                onClick={() => {
                  drop(
                    call('engines.remove', { name: endpoint.name }).then(() => {
                      setVersion((before) => before + 1);
                    }),
                  );
                }}
              />
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Only for the app's own engine: what others have is not the app's to take away. */
function Reset() {
  const generation = useEngine((state) => state.generation);
  const { data } = useQuery('engines.list', {}, generation);
  const isOwn = data?.some(({ source, current }) => source === 'own' && current) === true;
  const isOurs = useEngine((state) => state.info?.name === 'Berth');
  if (!isOwn || !isOurs) return null;
  return (
    <Section
      title={reset.title}
      tools={
        <Button
          size="small"
          icon={<RotateCcw size={14} />}
          onClick={() => {
            openDialog({ kind: 'engine-reset' });
          }}
        >
          {reset.open}
        </Button>
      }
    >
      <p className={css['dim']}>{reset.text}</p>
    </Section>
  );
}

/** The engine: what it is, how it is, and which one is shown. */
export default function EngineView() {
  const info = useEngine((state) => state.info);
  return (
    <Page
      title={texts.engine}
      note={info === null ? undefined : `${info.name} ${info.version}`}
      actions={
        <>
          <EngineButtons />
          <Button
            icon={<SlidersHorizontal size={15} />}
            onClick={() => {
              navigate('/engine/settings');
            }}
          >
            {engineSettings.link}
          </Button>
        </>
      }
    >
      <div className={css['content']}>
        {info !== null && (
          <Section title={texts.about}>
            <Facts
              facts={[
                ...engineFacts(info),
                [engineTexts.data, <code key="data">{info.dataRoot}</code>],
                ['DOCKER_HOST', <code key="host">{info.dockerHost}</code>],
              ]}
            />
            {info.warnings.length > 0 && (
              <ul className={css['warnings']}>
                {info.warnings.map((warning) => (
                  <li key={warning}>{warning}</li>
                ))}
              </ul>
            )}
          </Section>
        )}
        <Engines />
        {info !== null && <Resources info={info} />}
        <Doctor />
        <Reset />
      </div>
    </Page>
  );
}
