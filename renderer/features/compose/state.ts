import type { ComposeProject, ComposeService } from '../../../runtime/contract/compose.ts';
import { compose as texts } from '../../strings/compose.ts';
import type { Tone } from '../../ui/StateDot.tsx';

interface State {
  readonly tone: Tone;
  readonly text: string;
}

function isUnhealthy(containers: ComposeService['containers']): boolean {
  return containers.some(({ status }) => status.includes('(unhealthy)'));
}

/** How a service is doing: all of its containers, some, or none. */
export function serviceState({ containers, replicas }: ComposeService): State {
  const running = containers.filter(({ state }) => state === 'running').length;
  if (isUnhealthy(containers)) return { tone: 'bad', text: texts.unhealthyOf(running, containers.length) };
  if (containers.length === 0) return { tone: 'idle', text: texts.notUp };
  const failed = containers.some(({ status }) => /^Exited \((?!0\))/.test(status));
  const tone = running >= replicas && running > 0 ? 'good' : failed ? 'bad' : running > 0 ? 'warn' : 'idle';
  return { tone, text: texts.runningOf(running, containers.length) };
}

/** How a project is doing. */
export function projectState(project: ComposeProject): State {
  if (project.problem !== null) return { tone: 'bad', text: texts.faulty };
  if (project.total === 0) return { tone: 'idle', text: texts.notUp };
  if (project.services.some(({ containers }) => isUnhealthy(containers)))
    return { tone: 'bad', text: texts.unhealthyOf(project.running, project.total) };
  const tone = project.running === project.total ? 'good' : project.running > 0 ? 'warn' : 'idle';
  return { tone, text: texts.runningOf(project.running, project.total) };
}
