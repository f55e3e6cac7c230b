type Task = () => void;

const queue = new Set<Task>();
let scheduled = false;

/** A hidden page gets no frames, but its lists must not fall behind for ever. In milliseconds. */
const HIDDEN_INTERVAL_MS = 500;

function run(): void {
  scheduled = false;
  const tasks = [...queue];
  queue.clear();
  for (const task of tasks) task();
}

/**
 * Runs `task` once in the next frame, however often it is asked for before that. Everything that streams into the page
 * goes through here, so a burst of messages costs one update.
 */
export function onFrame(task: Task): void {
  queue.add(task);
  if (scheduled) return;
  scheduled = true;
  if (document.hidden) setTimeout(run, HIDDEN_INTERVAL_MS);
  else requestAnimationFrame(run);
}
