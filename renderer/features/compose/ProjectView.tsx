import { TrendingUp, X } from 'lucide-react';
import { useLocation, useParams } from 'wouter';
import type { ComposeProject } from '../../../runtime/contract/compose.ts';
import { cancelProjectWork, projects, useComposeWork } from '../../data/compose.ts';
import { drop } from '../../data/drop.ts';
import { useResource } from '../../data/resource.ts';
import { compose as texts } from '../../strings/compose.ts';
import { Button } from '../../ui/Button.tsx';
import { ScreenMenu } from '../../ui/Menu.tsx';
import { Page } from '../../ui/Page.tsx';
import { Section } from '../../ui/Section.tsx';
import { StateDot } from '../../ui/StateDot.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { useNumberKeys } from '../../ui/use-number-keys.ts';
import { BackButton, GonePage } from '../lists/Detail.tsx';
import { act, projectMenu } from './actions.tsx';
import { projectPath } from './path.ts';
import css from './Compose.module.css';
import { Problem } from './Problem.tsx';
import { ProjectFile } from './ProjectFile.tsx';
import { ServiceGraph } from './ServiceGraph.tsx';
import { ServiceTable } from './ServiceTable.tsx';
import { projectState } from './state.ts';

const TABS = ['services', 'file'] as const;

/** One project: its services and what they depend on, and its file. */
export default function ProjectView() {
  const { name, tab = 'services' } = useParams<{ name: string; tab?: string }>();
  const [, setLocation] = useLocation();
  const { rows, status } = useResource(projects);
  const project = rows.find((one) => one.name === name);
  const tabs = project === undefined || project.files.length === 0 ? TABS.slice(0, 1) : TABS;
  const current = tabs.find((one) => one === tab) ?? 'services';
  const href = (one: string) => `${projectPath(name)}/${one}`;
  useNumberKeys((index) => {
    const wanted = tabs[index];
    if (wanted !== undefined) setLocation(href(wanted));
  });
  if (project === undefined) return <GonePage title={name} list="/compose" texts={texts} known={status === 'ready'} />;
  return (
    <Page
      title={project.name}
      before={<BackButton label={texts.back} to="/compose" />}
      note={
        <span className={css['headState']}>
          <StateDot {...projectState(project)} />
        </span>
      }
      actions={
        <>
          {current === 'services' &&
            project.problem === null &&
            project.services.some(({ change }) => change !== null) && (
              <Button
                variant="primary"
                icon={<TrendingUp size={15} />}
                title={texts.upHint}
                onClick={() => {
                  drop(act(project, 'up'));
                }}
              >
                {texts.up}
              </Button>
            )}
          <ScreenMenu entries={() => projectMenu(project)} />
        </>
      }
    >
      <Tabs
        label={texts.viewsOf(project.name)}
        current={current}
        tabs={tabs.map((one) => ({ id: one, label: texts.tabs[one], href: href(one) }))}
      />
      {current === 'file' ? (
        <ProjectFile key={project.files[0]} project={project} />
      ) : (
        <div className={css['content']}>
          <Work name={project.name} />
          <Services project={project} />
        </div>
      )}
    </Page>
  );
}

function Services({ project }: { readonly project: ComposeProject }) {
  return (
    <>
      {project.problem !== null && <Problem problem={project.problem} />}
      {project.services.length > 0 && (
        <>
          <Section title={texts.graph} tools={<span className={css['dim']}>{texts.graphHint}</span>}>
            <ServiceGraph project={project} />
          </Section>
          <Section title={texts.services}>
            <ServiceTable project={project} />
          </Section>
        </>
      )}
      {project.warnings.length > 0 && (
        <Section title={texts.warnings}>
          <ul className={css['notes']}>
            {project.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

const TONES = { working: 'busy', done: 'good', warning: 'warn', error: 'bad' } as const;

/** What goes on with the project; it stays until the next time when something went wrong. */
function Work({ name }: { readonly name: string }) {
  const work = useComposeWork((all) => all[name]);
  if (work === undefined || work.state === 'done') return null;
  return (
    <Section
      title={work.state === 'running' ? texts.working(texts[work.action], name) : texts.steps}
      tools={
        work.state === 'running' && (
          <Button
            size="small"
            icon={<X size={14} />}
            onClick={() => {
              cancelProjectWork(name);
            }}
          >
            {texts.cancel}
          </Button>
        )
      }
    >
      <ul className={css['steps']} aria-live="polite">
        {work.steps.map((step) => (
          <li key={step.object}>
            <StateDot tone={TONES[step.state]} text={step.status} />
            <span>{step.object}</span>
          </li>
        ))}
      </ul>
      {work.error !== null && work.state === 'failed' && (
        <p role="alert" className={css['failure']}>
          {work.error.message}
        </p>
      )}
    </Section>
  );
}
