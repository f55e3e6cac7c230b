import { CirclePlay, CircleStop, Download, ListX, RotateCw, SquareCode, Trash2, TrendingUp } from 'lucide-react';
import type { ComposeProject, ComposeRequest, ComposeService } from '../../../runtime/contract/compose.ts';
import {
  actOnProject,
  forgetComposeProject,
  joinProjectWork,
  useComposeWork,
  type ComposeWork,
} from '../../data/compose.ts';
import { drop } from '../../data/drop.ts';
import { useSettings } from '../../data/settings.ts';
import { notifyEnd, tellDone } from '../../data/notify.ts';
import { showError, showToast } from '../../data/toasts.ts';
import type { JoinedWork } from '../../data/works.ts';
import { folderLink } from '../../platform/editor-link.ts';
import { openExternal } from '../../platform/host.ts';
import { compose as texts } from '../../strings/compose.ts';
import { confirm } from '../../ui/confirm.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';
import { projectPath } from './path.ts';

type Action = ComposeWork['action'];

/** The file by which a project is known here; undefined when the engine's labels are all there is. */
function openedPath({ directory, files }: ComposeProject): string | undefined {
  return useSettings.getState().composePaths.find((path) => path === directory || files.includes(path));
}

/** Starts an action and tells how it ended. */
export async function act(
  project: ComposeProject,
  action: Action,
  services: readonly string[] = [],
  more: { readonly volumes?: boolean; readonly scale?: Readonly<Record<string, number>> } = {},
): Promise<boolean> {
  const path = openedPath(project);
  const startedAt = Date.now();
  const running = useComposeWork.getState()[project.name];
  if (running?.state === 'running' && running.action !== action)
    showToast({ title: texts.follows(texts[action], texts[running.action]) });
  const work = await actOnProject({
    project: { name: project.name, ...(path === undefined ? {} : { path }) },
    action,
    services: [...services],
    ...(more.volumes === undefined ? {} : { volumes: more.volumes }),
    ...(more.scale === undefined ? {} : { scale: { ...more.scale } }),
  });
  tellAct(project.name, work, startedAt);
  return work.state === 'done';
}

/** Shows an action that goes on in the app. */
export async function joinAct(request: ComposeRequest, { tells, ...joined }: JoinedWork): Promise<void> {
  const work = await joinProjectWork(request, { ...joined, tells });
  if (tells) tellAct(request.project.name, work, joined.startedAt);
}

function tellAct(name: string, work: ComposeWork, startedAt: number): void {
  const label = texts[work.action];
  const path = projectPath(name);
  if (work.state === 'failed' && work.error !== null) {
    const title = texts.failed(label, name);
    showError(title, work.error);
    notifyEnd({ title, details: [work.error.message], startedAt, path });
  }
  if (work.state === 'done') {
    const warnings = work.steps.filter(({ state }) => state === 'warning');
    tellDone({
      startedAt,
      path,
      tone: warnings.length > 0 ? 'info' : 'good',
      title: texts.done(label, name),
      details: warnings.map(({ object, status }) => `${object}: ${status}`),
      lifetimeMs: warnings.length > 0 ? 12_000 : 3000,
    });
  }
}

/** Whether a service may have more containers, or fewer: only what a file says can be brought up. */
export function canScale({ change }: ComposeService): boolean {
  return change !== null && change !== 'gone';
}

/** Has a service run some containers more, or fewer. */
export function scaleBy(project: ComposeProject, { name, containers }: ComposeService, by: 1 | -1): void {
  const count = containers.length + by;
  if (count >= 0) drop(act(project, 'up', [name], { scale: { [name]: count } }));
}

/** Asks, and takes a project down. */
export async function takeDown(project: ComposeProject, volumes = false): Promise<void> {
  const sure = await confirm({
    title: texts.downQuestion(project.name),
    body: volumes ? texts.downVolumesBody(project.total) : texts.downBody(project.total),
    action: volumes ? texts.downVolumes : texts.down,
  });
  if (sure) await act(project, 'down', [], { volumes });
}

/** What can be done with a project, as lines of a menu. */
export function projectMenu(project: ComposeProject): MenuEntry[] {
  const size = 15;
  const entry = (
    id: string,
    label: string,
    icon: MenuIcon,
    run: () => Promise<unknown>,
    danger = false,
  ): MenuEntry => ({
    id,
    label,
    icon,
    ...(danger ? { danger } : {}),
    run: () => {
      drop(run());
    },
  });
  const hasFile = project.services.some(({ change }) => change !== null);
  return [
    ...(hasFile ? [entry('up', texts.up, <TrendingUp size={size} />, () => act(project, 'up'))] : []),
    ...(project.total > 0
      ? [
          entry('start', texts.start, <CirclePlay size={size} />, () => act(project, 'start')),
          entry('stop', texts.stop, <CircleStop size={size} />, () => act(project, 'stop')),
          entry('restart', texts.restart, <RotateCw size={size} />, () => act(project, 'restart')),
        ]
      : []),
    ...(hasFile ? [entry('pull', texts.pull, <Download size={size} />, () => act(project, 'pull'))] : []),
    ...(project.directory === ''
      ? []
      : [
          {
            id: 'editor',
            label: texts.editor,
            icon: <SquareCode size={size} />,
            run: () => {
              openExternal(folderLink(useSettings.getState().editor, project.directory));
            },
          },
        ]),
    'separator',
    ...(openedPath(project) === undefined
      ? []
      : [
          {
            id: 'forget',
            label: texts.forget,
            icon: <ListX size={size} />,
            run: () => {
              forgetComposeProject(project);
            },
          },
        ]),
    entry('down', texts.down, <Trash2 size={size} />, () => takeDown(project), true),
    entry('down-volumes', texts.downVolumes, <Trash2 size={size} />, () => takeDown(project, true), true),
  ];
}

type MenuIcon = Extract<MenuEntry, { icon?: unknown }>['icon'];
