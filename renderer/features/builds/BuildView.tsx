import { Ban, ChartGantt, RotateCw, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useLocation, useParams } from 'wouter';
import type { BuildDetails, BuildStep, BuildSummary } from '../../../runtime/contract/builds.ts';
import { buildName, buildPath } from '../../data/builds.ts';
import { drop } from '../../data/drop.ts';
import { useQuery } from '../../data/use-query.ts';
import { saveText } from '../../platform/host.ts';
import { builds as texts } from '../../strings/builds.ts';
import { Button } from '../../ui/Button.tsx';
import { LayeredGraph, type LayeredNode } from '../../ui/graph/LayeredGraph.tsx';
import { ScreenMenu } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { StateDot, type Tone } from '../../ui/StateDot.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { useNumberKeys } from '../../ui/use-number-keys.ts';
import { BackButton, GonePage } from '../lists/Detail.tsx';
import { LogPane } from '../logs/LogPane.tsx';
import { buildMenu, buildState, cancelBuild, rebuild } from './actions.tsx';
import { BuildFacts } from './BuildFacts.tsx';
import type { BuildLog } from './build-log.ts';
import { BuildProblem } from './BuildProblem.tsx';
import css from './BuildView.module.css';
import { formatSpan, stageGraph, telling, type StepState } from './model.ts';
import { Timeline } from './Timeline.tsx';
import { buildTrace } from './trace.ts';
import { useBuilds, useBuildWatch, useNow } from './use-build.ts';

const TABS = ['steps', 'stages', 'details'] as const;

/** One build: its steps over time with what they wrote, its stages, and what came of it. */
export default function BuildView() {
  const { ref } = useParams<{ ref: string }>();
  const { rows, status } = useBuilds();
  const build = rows.find((one) => one.ref === ref);
  if (build === undefined)
    return <GonePage title={texts.paletteKind} list="/builds" texts={texts} known={status === 'ready'} />;
  return <Known key={ref} build={build} />;
}

function Known({ build }: { readonly build: BuildSummary }) {
  const { tab = 'steps' } = useParams<{ tab?: string }>();
  const [, setLocation] = useLocation();
  const { steps, log } = useBuildWatch(build.ref);
  const { data: details } = useQuery('builds.inspect', { ref: build.ref }, build.status);
  const [chosen, setChosen] = useState<string | null | undefined>(undefined);
  const current = TABS.find((one) => one === tab) ?? 'steps';
  const href = (one: string) => `${buildPath(build.ref)}/${one}`;
  const name = buildName(build);
  useNumberKeys((index) => {
    const wanted = TABS[index];
    if (wanted !== undefined) setLocation(href(wanted));
  });
  // Until somebody chooses, what failed is what one came for.
  const shown = chosen === undefined ? (telling(steps)?.id ?? null) : chosen;
  return (
    <Page
      title={name}
      before={<BackButton label={texts.back} to="/builds" />}
      note={<Standing build={build} />}
      actions={
        <>
          {build.status === 'running' ? (
            <Button
              icon={<Ban size={15} />}
              onClick={() => {
                drop(cancelBuild(build));
              }}
            >
              {texts.cancel}
            </Button>
          ) : (
            <Button
              variant="primary"
              icon={<RotateCw size={15} />}
              disabled={details?.settings === null}
              title={details?.settings === null ? texts.elsewhere : undefined}
              onClick={() => {
                drop(rebuild(build));
              }}
            >
              {texts.again}
            </Button>
          )}
          <ScreenMenu
            entries={() => [
              ...buildMenu(build).filter((entry) => entry === 'separator' || entry.id !== 'again'),
              {
                id: 'trace',
                label: texts.saveTrace,
                icon: <ChartGantt size={15} />,
                run: () => {
                  saveText(`${name.replaceAll(/[^\w.-]+/g, '-')}.trace.json`, [buildTrace(build, steps)]);
                },
              },
            ]}
          />
        </>
      }
    >
      <Tabs
        label={texts.viewsOf(name)}
        current={current}
        tabs={TABS.map((one) => ({ id: one, label: texts.tabs[one], href: href(one) }))}
      />
      {current === 'steps' ? (
        <Steps build={build} details={details} steps={steps} log={log} chosen={shown} onChoose={setChosen} />
      ) : current === 'stages' ? (
        <Stages
          build={build}
          steps={steps}
          onOpen={(stage) => {
            const own = steps.filter((step) => step.stage === stage);
            setChosen((own.find(({ error }) => error !== '') ?? own.at(-1))?.id ?? null);
            setLocation(href('steps'));
          }}
        />
      ) : (
        <BuildFacts build={build} details={details} />
      )}
    </Page>
  );
}

/** How it is doing, in one line. */
function Standing({ build }: { readonly build: BuildSummary }) {
  const now = useNow(build.status === 'running');
  const state = buildState(build);
  return (
    <>
      <StateDot {...state} />
      <span>
        {build.status === 'running'
          ? texts.progress(build.completed, build.total)
          : `${texts.cached}: ${texts.cachedOf(build.cached, build.total)}`}
      </span>
      <span className={css['number']}>{formatSpan((build.completedAt ?? now) - build.createdAt)}</span>
    </>
  );
}

interface StepsProps {
  readonly build: BuildSummary;
  readonly details: BuildDetails | null;
  readonly steps: readonly BuildStep[];
  readonly log: BuildLog;
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
}

function Steps({ build, details, steps, log, chosen, onChoose }: StepsProps) {
  const step = steps.find(({ id }) => id === chosen);
  const problem = build.status === 'failed' ? (details?.problem ?? null) : null;
  const label = step === undefined ? texts.outputOf(texts.wholeOutput) : texts.outputOf(step.text);
  return (
    <div className={css['split']}>
      <div className={css['upper']}>
        {problem !== null && <BuildProblem problem={problem} />}
        <Timeline steps={steps} status={build.status} endedAt={build.completedAt} chosen={chosen} onChoose={onChoose} />
      </div>
      <LogPane
        key={chosen ?? ''}
        all={step === undefined ? log.all : log.of(step.id)}
        onChange={log.changed.listen}
        label={label}
        fileName={`${buildName(build).replaceAll(/[^\w.-]+/g, '-')}.log`}
        nothing={build.status === 'running' ? texts.noOutputYet : texts.noOutput}
        title={
          <div className={css['logHead']}>
            <span>{texts.output}</span>
            <code>{step === undefined ? texts.wholeOutput : step.text}</code>
            {step !== undefined && (
              <Button
                size="small"
                variant="quiet"
                icon={<X size={13} />}
                onClick={() => {
                  onChoose(null);
                }}
              >
                {texts.showAll}
              </Button>
            )}
          </div>
        }
      />
    </div>
  );
}

const TONES: Readonly<Record<StepState, Tone>> = {
  waiting: 'idle',
  running: 'busy',
  done: 'good',
  cached: 'good',
  failed: 'bad',
  stopped: 'idle',
  skipped: 'idle',
};

interface StagesProps {
  readonly build: BuildSummary;
  readonly steps: readonly BuildStep[];
  readonly onOpen: (stage: string) => void;
}

function Stages({ build, steps, onOpen }: StagesProps) {
  const nodes = useMemo(
    () =>
      stageGraph(steps, build.status).map((stage): LayeredNode => ({
        name: stage.name,
        note: texts.stageNote(stage.steps, stage.cached),
        tone: TONES[stage.state],
        label: texts.node(stage.name, texts.stepStates[stage.state], stage.needs.join(', ')),
        needs: stage.needs.map((name) => ({ name, dashed: false })),
      })),
    [steps, build.status],
  );
  return (
    <section className={css['stages']} aria-label={texts.tabs.stages}>
      {nodes.length === 0 ? (
        <p className={css['dim']}>{texts.noStages}</p>
      ) : (
        <>
          <p className={css['dim']}>{texts.graphHint}</p>
          <LayeredGraph label={texts.graph} nodes={nodes} onOpen={onOpen} />
        </>
      )}
    </section>
  );
}
