import { lazy, Suspense } from 'react';
import { useDialog } from '../data/dialogs.ts';
import { dialogPart } from '../data/kept-dialog.ts';
import { Palette } from '../features/palette/Palette.tsx';
import { shell } from '../strings/shell.ts';
import { commands } from './commands.tsx';
import { DialogBoundary } from './DialogBoundary.tsx';

const volumeDialogs = () => import('../features/volumes/VolumeDialogs.tsx');
const networkDialogs = () => import('../features/networks/NetworkDialogs.tsx');
const RunDialog = lazy(dialogPart(() => import('../features/run/RunDialog.tsx')));
const PullDialog = lazy(dialogPart(() => import('../features/images/PullDialog.tsx')));
const ImageCompare = lazy(dialogPart(() => import('../features/images/CompareDialog.tsx')));
const TagDialog = lazy(dialogPart(() => import('../features/images/TagDialog.tsx')));
const RenameDialog = lazy(dialogPart(() => import('../features/containers/RenameDialog.tsx')));
const ComposeOpen = lazy(dialogPart(() => import('../features/compose/OpenProjectDialog.tsx')));
const ComposeCreate = lazy(dialogPart(() => import('../features/compose/NewProjectDialog.tsx')));
const BuildDialog = lazy(dialogPart(() => import('../features/builds/BuildDialog.tsx')));
const ShortcutSheet = lazy(dialogPart(() => import('../features/settings/ShortcutSheet.tsx')));
const VolumeCreate = lazy(
  dialogPart(() => volumeDialogs().then(({ VolumeCreateDialog }) => ({ default: VolumeCreateDialog }))),
);
const VolumeClone = lazy(
  dialogPart(() => volumeDialogs().then(({ VolumeCloneDialog }) => ({ default: VolumeCloneDialog }))),
);
const VolumeRestore = lazy(
  dialogPart(() => volumeDialogs().then(({ VolumeRestoreDialog }) => ({ default: VolumeRestoreDialog }))),
);
const NetworkCreate = lazy(
  dialogPart(() => networkDialogs().then(({ NetworkCreateDialog }) => ({ default: NetworkCreateDialog }))),
);
const NetworkConnect = lazy(
  dialogPart(() => networkDialogs().then(({ NetworkConnectDialog }) => ({ default: NetworkConnectDialog }))),
);

const BackupRestore = lazy(dialogPart(() => import('../features/volumes/BackupRestoreDialog.tsx')));
const AlertRule = lazy(dialogPart(() => import('../features/logs/AlertRuleDialog.tsx')));
const EngineReset = lazy(dialogPart(() => import('../features/reset/ResetDialog.tsx')));
const Login = lazy(dialogPart(() => import('../features/registries/LoginDialog.tsx')));
const EngineAdd = lazy(dialogPart(() => import('../features/engine/EngineAddDialog.tsx')));

const paletteEntries = commands
  .filter((command) => command.id !== 'palette')
  .map((command) => ({ ...command, note: command.group === 'go' ? shell.goTo : '' }));
const globalShortcuts = commands.flatMap(({ keys, label }) => (keys === undefined ? [] : [{ keys, label }]));

/** The dialog that is open, if any; each in a chunk of its own. */
export function Dialogs() {
  return (
    <DialogBoundary>
      <Suspense>
        <Current />
      </Suspense>
    </DialogBoundary>
  );
}

function Current() {
  const current = useDialog((state) => state.current);
  switch (current?.kind) {
    case 'run':
      return (
        <RunDialog image={current.image} {...(current.replace === undefined ? {} : { replace: current.replace })} />
      );
    case 'pull':
      return <PullDialog initial={current.reference} start={current.start ?? false} />;
    case 'rename':
      return <RenameDialog id={current.id} name={current.name} />;
    case 'tag':
      return <TagDialog reference={current.reference} />;
    case 'image-compare':
      return <ImageCompare reference={current.reference} />;
    case 'volume-create':
      return <VolumeCreate />;
    case 'volume-clone':
      return <VolumeClone name={current.name} />;
    case 'volume-restore':
      return <VolumeRestore name={current.name} file={current.file} />;
    case 'backup-restore':
      return <BackupRestore volume={current.volume} file={current.file} bytes={current.bytes} />;
    case 'network-create':
      return <NetworkCreate />;
    case 'network-connect':
      return <NetworkConnect id={current.id} name={current.name} />;
    case 'engine-add':
      return <EngineAdd />;
    case 'compose-create':
      return <ComposeCreate />;
    case 'engine-reset':
      return <EngineReset />;
    case 'login':
      return <Login />;
    case 'compose-open':
      return <ComposeOpen />;
    case 'build':
      return (
        <BuildDialog
          {...(current.settings === undefined ? {} : { settings: current.settings })}
          edit={current.edit ?? false}
        />
      );
    case 'alert-rule':
      return <AlertRule given={current.given} />;
    case 'palette':
      return <Palette commands={paletteEntries} />;
    case 'shortcuts':
      return <ShortcutSheet global={globalShortcuts} />;
    case undefined:
      return null;
  }
}
