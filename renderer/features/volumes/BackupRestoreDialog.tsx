import { open } from '../../data/connection.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { runByteTask } from '../../data/tasks.ts';
import { containers } from '../../strings/containers.ts';
import { tasks } from '../../strings/tasks.ts';
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
        drop(
          runByteTask(tasks.restore(into), bytes, async (task) => {
            const stream = open(
              'backups.restore',
              { volume, file, into },
              {
                onItem: (progress) => {
                  task.report(progress.bytes);
                },
              },
            );
            task.stream(stream);
            await stream.closed;
            return tasks.restored(into);
          }),
        );
        return Promise.resolve();
      }}
    />
  );
}
