import { Ban, Diff, FilePenLine, Layers, Play, RotateCw, Settings2, Trash2 } from 'lucide-react';
import { navigate } from 'wouter/use-hash-location';
import type { BuildSettings, BuildSummary } from '../../../runtime/contract/builds.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { buildAgain, buildPath, startBuild, useBuildDraft, useBuildsState } from '../../data/builds.ts';
import { upload } from '../../data/byte-streams.ts';
import { call } from '../../data/connection.ts';
import { openDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { runByteTask } from '../../data/tasks.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { chooseFile } from '../../platform/host.ts';
import { builds as texts } from '../../strings/builds.ts';
import { tasks } from '../../strings/tasks.ts';
import type { MenuEntry } from '../../ui/Menu.tsx';
import type { Tone } from '../../ui/StateDot.tsx';

const SIZE = 15;
const TONES: Readonly<Record<BuildSummary['status'], Tone>> = {
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  canceled: 'idle',
};

/** How a build is doing, as a dot and a word. */
export function buildState({ status }: Pick<BuildSummary, 'status'>): { readonly tone: Tone; readonly text: string } {
  return { tone: TONES[status], text: texts.states[status] };
}

/** Starts a build and goes to its page; tells when there is nothing to build. Resolves to whether it began. */
export async function build(settings: BuildSettings, text?: string): Promise<boolean> {
  try {
    navigate(buildPath(await startBuild(settings, text)));
    return true;
  } catch (error) {
    showError(texts.notStarted, error);
    return false;
  }
}

/** Builds anew with the same settings, and goes to the new build's page. */
export async function rebuild({ ref }: BuildSummary): Promise<void> {
  try {
    navigate(buildPath(await buildAgain(ref)));
  } catch (error) {
    showError(texts.notStarted, error);
  }
}

export async function cancelBuild({ ref }: BuildSummary): Promise<void> {
  try {
    await call('builds.cancel', { ref });
  } catch (error) {
    showError(texts.notCancelled, error);
  }
}

/** Lets an archive of builds be chosen that another machine exported, and goes to the build if it is one. */
export async function chooseBuilds(): Promise<void> {
  const file = await chooseFile('.dockerbuild,.tar,.gz,application/gzip,application/x-tar');
  if (file === null) return;
  let refs: readonly string[] = [];
  await runByteTask(tasks.takeOver(file.name), file.size, async (task) => {
    await upload('builds.import', {}, file, task, (item) => {
      if (item.refs.length > 0) ({ refs } = item);
    });
    const [first] = refs;
    if (refs.length === 1 && first !== undefined) navigate(buildPath(first));
    return tasks.takenOver(refs.length);
  });
}

/** Takes builds off the list; those that run stay. */
export async function removeBuilds(rows: readonly BuildSummary[]): Promise<void> {
  const failures: BridgeError[] = [];
  const ended = rows.filter(({ status }) => status !== 'running');
  for (const { ref } of ended) {
    try {
      await call('builds.remove', { ref });
    } catch (error) {
      failures.push(BridgeError.from(error));
    }
  }
  if (failures.length > 0) showError(texts.notRemoved, failures[0]);
  else if (ended.length > 0) showToast({ title: texts.removed(ended.length), lifetimeMs: 2500 });
}

/** Address of the editor of a Dockerfile. */
export function editorPath({ directory, file }: Pick<BuildSettings, 'directory' | 'file'>): string {
  return `/builds/edit/${encodeURIComponent(directory)}${file === '' ? '' : `/${encodeURIComponent(file)}`}`;
}

/** Goes to the editor of the Dockerfile that settings name; it builds with these settings. */
export function openEditor(settings: BuildSettings): void {
  useBuildDraft.setState({ settings });
  navigate(editorPath(settings));
}

/** Address of the comparison of two builds, the earlier first. */
export function comparePath(a: BuildSummary, b: BuildSummary): string {
  const [earlier, later] = a.createdAt <= b.createdAt ? [a, b] : [b, a];
  return `/builds/compare/${earlier.ref}/${later.ref}`;
}

/** The build of the same name before this one. */
function before(build: BuildSummary): BuildSummary | undefined {
  return useBuildsState
    .getState()
    .rows.find((one) => one.title === build.title && one.createdAt < build.createdAt && one.status === 'completed');
}

/** Does something with the settings of a build, or says that they are not known. */
async function withSettings({ ref }: BuildSummary, then: (settings: BuildSettings) => void): Promise<void> {
  try {
    const { settings } = await call('builds.inspect', { ref });
    if (settings === null) showToast({ title: texts.elsewhere });
    else then(settings);
  } catch (error) {
    showError(texts.gone, error);
  }
}

/** What can be done with a build, as lines of a menu. */
export function buildMenu(build: BuildSummary): MenuEntry[] {
  const previous = before(build);
  if (build.status === 'running')
    return [
      {
        id: 'cancel',
        label: texts.cancel,
        icon: <Ban size={SIZE} />,
        danger: true,
        run: () => {
          drop(cancelBuild(build));
        },
      },
    ];
  return [
    {
      id: 'again',
      label: texts.again,
      icon: <RotateCw size={SIZE} />,
      run: () => {
        drop(rebuild(build));
      },
    },
    {
      id: 'again-with',
      label: texts.againWith,
      icon: <Settings2 size={SIZE} />,
      run: () => {
        drop(
          withSettings(build, (settings) => {
            openDialog({ kind: 'build', settings });
          }),
        );
      },
    },
    {
      id: 'edit',
      label: texts.edit,
      icon: <FilePenLine size={SIZE} />,
      run: () => {
        drop(withSettings(build, openEditor));
      },
    },
    'separator',
    ...(build.image === ''
      ? []
      : [
          {
            id: 'image',
            label: texts.openImage,
            icon: <Layers size={SIZE} />,
            run: () => {
              navigate(`/images/${encodeURIComponent(build.image)}`);
            },
          },
          {
            id: 'run',
            label: texts.runImage,
            icon: <Play size={SIZE} />,
            run: () => {
              openDialog({ kind: 'run', image: build.title.split(',')[0] ?? build.image });
            },
          },
        ]),
    ...(previous === undefined
      ? []
      : [
          {
            id: 'compare',
            label: texts.compareBefore,
            icon: <Diff size={SIZE} />,
            run: () => {
              navigate(comparePath(previous, build));
            },
          },
        ]),
    'separator',
    {
      id: 'remove',
      label: texts.remove,
      icon: <Trash2 size={SIZE} />,
      danger: true,
      run: () => {
        drop(removeBuilds([build]));
      },
    },
  ];
}
