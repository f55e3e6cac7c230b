import { Popover } from 'radix-ui';
import { cancelTask, clearFinished, overallProgress, useTasks, type Task } from '../../data/tasks.ts';
import { Button } from '../../ui/Button.tsx';
import { plural } from '../../ui/format.ts';
import { Bar, Layers } from './Progress.tsx';
import css from './StatusBar.module.css';

const ENDINGS: Readonly<Record<Task['state'], string>> = {
  running: '',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

function TaskCard({ task }: { readonly task: Task }) {
  return (
    <li className={css['task']}>
      <div className={css['taskHead']}>
        <strong>{task.title}</strong>
        {task.state === 'running' ? (
          task.kind !== 'starter' && (
            <Button
              size="small"
              onClick={() => {
                cancelTask(task.id);
              }}
            >
              Cancel
            </Button>
          )
        ) : (
          <span className={task.state === 'failed' ? css['failed'] : css['ending']}>{ENDINGS[task.state]}</span>
        )}
      </div>
      {task.state === 'running' && <Bar value={overallProgress(task.progress)} label={task.title} />}
      {task.state === 'running' && task.progress.layers.length > 0 && <Layers progress={task.progress} />}
      {task.error !== null && task.state === 'failed' && <p className={css['failed']}>{task.error.message}</p>}
    </li>
  );
}

/** What goes on in the background; there only while there is something to tell. */
export function StatusBar() {
  const tasks = useTasks((state) => state.tasks);
  if (tasks.length === 0) return null;
  const running = tasks.filter((task) => task.state === 'running');
  const [first] = running;
  return (
    <footer className={css['status']}>
      <Popover.Root>
        <Popover.Trigger className={css['trigger']}>
          {first === undefined ? (
            `${plural(tasks.length, 'task')} finished`
          ) : (
            <>
              <span>{running.length === 1 ? first.title : `${String(running.length)} tasks`}</span>
              <span className={css['mini']}>
                <Bar value={overallProgress(first.progress)} label={first.title} />
              </span>
            </>
          )}
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content className={css['panel']} side="top" align="end" sideOffset={8} aria-label="Tasks">
            <div className={css['panelHead']}>
              <h2>Tasks</h2>
              {running.length < tasks.length && (
                <Button size="small" variant="quiet" onClick={clearFinished}>
                  Clear finished
                </Button>
              )}
            </div>
            <ul className={css['tasks']}>
              {tasks.map((task) => (
                <TaskCard key={task.id} task={task} />
              ))}
            </ul>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
    </footer>
  );
}
