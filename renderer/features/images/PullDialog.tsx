import { useState } from 'react';
import { closeDialog, openDialog } from '../../data/dialogs.ts';
import { cancelTask, overallProgress, startPull, useTasks } from '../../data/tasks.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Bar, Layers } from '../tasks/Progress.tsx';
import css from './PullDialog.module.css';

/** Pulls an image. The pull is a task of its own: closing this dialog, or going elsewhere, does not end it. */
export function PullDialog({ initial }: { readonly initial: string }) {
  const [reference, setReference] = useState(initial);
  const [taskId, setTaskId] = useState<string | null>(null);
  const task = useTasks((state) => state.tasks.find((one) => one.id === taskId));
  const valid = /^[\w][\w./:@-]*$/.test(reference.trim());
  const start = () => {
    if (valid && task?.state !== 'running') setTaskId(startPull(reference.trim()));
  };
  return (
    <Dialog
      open
      onClose={closeDialog}
      title="Pull an image"
      description="From Docker Hub, or from any registry whose name stands in front."
      onPrimary={start}
      footer={
        task?.state === 'running' ? (
          <>
            <Button
              onClick={() => {
                cancelTask(task.id);
              }}
            >
              Cancel pull
            </Button>
            <Button variant="primary" onClick={closeDialog}>
              Go on in the background
            </Button>
          </>
        ) : task?.state === 'done' ? (
          <>
            <Button onClick={closeDialog}>Close</Button>
            <Button
              variant="primary"
              onClick={() => {
                openDialog({ kind: 'run', image: task.reference });
              }}
            >
              Run it
            </Button>
          </>
        ) : (
          <>
            <Button onClick={closeDialog}>Close</Button>
            <Button variant="primary" disabled={!valid} onClick={start}>
              {task === undefined ? 'Pull' : 'Pull again'}
            </Button>
          </>
        )
      }
    >
      <div className={css['body']}>
        <TextField
          label="Image"
          mono
          autoFocus
          placeholder="alpine:3.22"
          value={reference}
          onChange={setReference}
          onEnter={start}
          hint="For example nginx, ghcr.io/owner/name:tag, or localhost:5000/name"
        />
        {task !== undefined && (
          <div className={css['progress']} aria-live="polite">
            <Bar value={overallProgress(task.progress)} label={task.title} done={task.state === 'done'} />
            <p className={task.state === 'failed' ? css['failed'] : css['note']}>
              {task.state === 'running'
                ? task.progress.status || 'Asking the registry…'
                : task.state === 'done'
                  ? task.progress.status || 'Done'
                  : task.state === 'cancelled'
                    ? 'Cancelled. What was fetched of it is thrown away.'
                    : [task.error?.message ?? 'Failed', task.error?.hint ?? ''].join(' ').trim()}
            </p>
            <Layers progress={task.progress} />
          </div>
        )}
      </div>
    </Dialog>
  );
}
