import { Popover } from 'radix-ui';
import { cancelTask, clearFinished, taskProgress, useTasks, type Task } from '../../data/tasks.ts';
import { common } from '../../strings/common.ts';
import { tasks } from '../../strings/tasks.ts';
import { Button } from '../../ui/Button.tsx';
import { formatBytes } from '../../ui/format.ts';
import { Bar, Layers } from './Progress.tsx';
import css from './StatusBar.module.css';

const ENDINGS: Readonly<Record<Task['state'], string>> = {
  running: '',
  done: tasks.done,
  failed: tasks.failed,
  cancelled: tasks.cancelled,
};

function panelOf(button: Element): HTMLElement | null {
  return button.closest('[role="dialog"]');
}

function TaskCard({ task }: { readonly task: Task }) {
  return (
    <li className={css['task']}>
      <div className={css['taskHead']}>
        <strong>{task.title}</strong>
        {task.state === 'running' ? (
          <Button
            size="small"
            onClick={({ currentTarget }) => {
              // The button goes; the keyboard stays in the panel.
              panelOf(currentTarget)?.focus();
              cancelTask(task.id);
            }}
          >
            {common.cancel}
          </Button>
        ) : (
          <span className={task.state === 'failed' ? css['failed'] : css['ending']}>{ENDINGS[task.state]}</span>
        )}
      </div>
      {task.state === 'running' && <Bar value={taskProgress(task)} label={task.title} />}
      {task.state === 'running' && task.bytes.current > 0 && (
        <span className={css['ending']}>
          {task.kind === 'build'
            ? tasks.steps(task.bytes.current, task.bytes.total)
            : task.kind === 'things'
              ? tasks.of(String(Math.floor(task.bytes.current)), String(task.bytes.total))
              : task.bytes.total === 0
                ? formatBytes(task.bytes.current)
                : tasks.of(formatBytes(task.bytes.current), formatBytes(task.bytes.total))}
        </span>
      )}
      {task.state === 'running' && task.kind === 'compose' && task.progress.status !== '' && (
        <span className={css['ending']}>{task.progress.status}</span>
      )}
      {task.state === 'running' && task.progress.layers.length > 0 && <Layers progress={task.progress} />}
      {task.error !== null && task.state === 'failed' && <p className={css['failed']}>{task.error.message}</p>}
    </li>
  );
}

/** What goes on in the background; there only while there is something to tell. */
export function StatusBar() {
  const list = useTasks((state) => state.tasks);
  if (list.length === 0) return null;
  const running = list.filter((task) => task.state === 'running');
  const failed = list.filter((task) => task.state === 'failed').length;
  const [first] = running;
  return (
    <footer className={css['status']}>
      <Popover.Root>
        <Popover.Trigger className={css['trigger']}>
          {first === undefined ? (
            failed === 0 ? (
              tasks.finished(list.length)
            ) : (
              <span className={css['failed']}>{tasks.someFailed(failed, list.length)}</span>
            )
          ) : (
            <>
              <span>{running.length === 1 ? first.title : common.tasks(running.length)}</span>
              <span className={css['mini']}>
                <Bar value={taskProgress(first)} label={first.title} />
              </span>
            </>
          )}
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content className={css['panel']} side="top" align="end" sideOffset={8} aria-label={tasks.tasks}>
            <div className={css['panelHead']}>
              <h2>{tasks.tasks}</h2>
              {running.length < list.length && (
                <Button
                  size="small"
                  variant="quiet"
                  onClick={({ currentTarget }) => {
                    // With the last of them the panel goes too.
                    const next =
                      running.length > 0 ? panelOf(currentTarget) : document.querySelector<HTMLElement>('main h1');
                    next?.focus();
                    clearFinished();
                  }}
                >
                  {tasks.clearFinished}
                </Button>
              )}
            </div>
            <ul className={css['tasks']}>
              {list.map((task) => (
                <TaskCard key={task.id} task={task} />
              ))}
            </ul>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
    </footer>
  );
}
