import { closeDialog } from '../../data/dialogs.ts';
import { startVolumeWork } from '../../data/volume-tasks.ts';
import { containers } from '../../strings/containers.ts';
import { volumes as texts } from '../../strings/volumes.ts';
import { formatBytes } from '../../ui/format.ts';
import { PromptDialog } from '../../ui/PromptDialog.tsx';

interface BackupRestoreDialogProps {
  readonly volume: string;
  readonly file: string;
  readonly bytes: number;
}

/** Fills a volume from one of the backups that were made by the clock. */
export default function BackupRestoreDialog({ volume, file, bytes }: BackupRestoreDialogProps) {
  return (
    <PromptDialog
      title={texts.restoreTitle}
      description={texts.restoreText(file, formatBytes(bytes))}
      label={texts.into}
      hint={texts.intoHint}
      initial={volume}
      action={texts.restoreAction}
      problem={(value) => (/^[A-Za-z0-9][A-Za-z0-9_.-]+$/.test(value) ? undefined : containers.nameRule)}
      onClose={closeDialog}
      onSubmit={(into) => {
        startVolumeWork({ kind: 'backup-restore', volume, file, into, bytes });
        return Promise.resolve();
      }}
    />
  );
}
