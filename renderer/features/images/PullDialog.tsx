import { Tags } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { closeDialog, openDialog } from '../../data/dialogs.ts';
import { startPull } from '../../data/image-tasks.ts';
import { cancelTask, overallProgress, useTasks } from '../../data/tasks.ts';
import { common } from '../../strings/common.ts';
import { images as texts } from '../../strings/images.ts';
import { tasks } from '../../strings/tasks.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { useLatest } from '../../ui/use-latest.ts';
import { browsePath, placeOf } from '../registries/place.ts';
import { Bar, Layers } from '../tasks/Progress.tsx';
import { searchTerm } from './hub-search.ts';
import { HubResults } from './HubResults.tsx';
import css from './PullDialog.module.css';

interface PullDialogProps {
  readonly initial: string;
  /** Begins at once, without a look at the name. */
  readonly start: boolean;
}

/** Pulls an image. The pull is a task of its own: closing this dialog, or going elsewhere, does not end it. */
export default function PullDialog({ initial, start: atOnce }: PullDialogProps) {
  const [reference, setReference] = useState(initial);
  const [taskId, setTaskId] = useState<string | null>(null);
  const task = useTasks((state) => state.tasks.find((one) => one.id === taskId));
  const [chosen, setChosen] = useState(initial);
  const term = reference === chosen ? null : searchTerm(reference);
  const place = placeOf(reference);
  const valid = /^[\w][\w./:@-]*$/.test(reference.trim());
  const start = () => {
    if (valid && task?.state !== 'running') setTaskId(startPull(reference.trim(), () => isShown.current));
  };
  const startOnce = useLatest(start);
  // While this is on the screen it says itself how the pull ended.
  const isShown = useRef(false);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  useEffect(() => {
    if (atOnce) startOnce.current();
  }, [atOnce, startOnce]);
  return (
    <Dialog
      open
      onClose={closeDialog}
      title={texts.pullTitle}
      description={texts.pullText}
      onPrimary={start}
      footer={
        task?.state === 'running' ? (
          <>
            <Button
              onClick={() => {
                cancelTask(task.id);
              }}
            >
              {texts.cancelPull}
            </Button>
            <Button variant="primary" onClick={closeDialog}>
              {texts.background}
            </Button>
          </>
        ) : task?.state === 'done' ? (
          <>
            <Button onClick={closeDialog}>{common.close}</Button>
            <Button
              variant="primary"
              onClick={() => {
                openDialog({ kind: 'run', image: task.reference });
              }}
            >
              {texts.runIt}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={closeDialog}>{common.close}</Button>
            <Button variant="primary" disabled={!valid} onClick={start}>
              {task === undefined ? texts.pull : texts.pullAgain}
            </Button>
          </>
        )
      }
    >
      <div className={css['body']}>
        <TextField
          label={texts.image}
          mono
          autoFocus
          placeholder="alpine:3.22"
          value={reference}
          onChange={setReference}
          hint={texts.pullHint}
        />
        {task === undefined && term !== null && (
          <HubResults
            term={term}
            onChoose={(name) => {
              setReference(name);
              setChosen(name);
            }}
          />
        )}
        {task === undefined && place?.kind === 'repository' && (
          <Button
            size="small"
            variant="quiet"
            className={css['tags']}
            icon={<Tags size={14} />}
            onClick={() => {
              closeDialog();
              navigate(browsePath(place.repository));
            }}
          >
            {texts.seeTags}
          </Button>
        )}
        {task !== undefined && (
          <div className={css['progress']} aria-live="polite">
            {(task.state === 'running' || task.state === 'done') && (
              <Bar value={overallProgress(task.progress)} label={task.title} done={task.state === 'done'} />
            )}
            <p className={task.state === 'failed' ? css['failed'] : css['note']}>
              {task.state === 'running'
                ? task.progress.status || texts.asking
                : task.state === 'done'
                  ? task.progress.status || tasks.done
                  : task.state === 'cancelled'
                    ? texts.thrownAway
                    : [task.error?.message ?? texts.failed, task.error?.hint ?? ''].join(' ').trim()}
            </p>
            <Layers progress={task.progress} />
          </div>
        )}
      </div>
    </Dialog>
  );
}
