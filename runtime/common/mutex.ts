/** Runs tasks one after the other, in the order they were asked for. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    // The chain goes on whatever became of this task; its caller gets the error through `result`.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
