/** Runs tasks one after another, in the order in which they came. */
export class TaskQueue {
  private tail: Promise<unknown> = Promise.resolve();

  /** @returns what the task returns; if it fails the caller gets the error, and the tasks after it still run */
  run<T>(task: () => Promise<T> | T): Promise<T> {
    const result = this.tail.then(task);
    this.tail = result.catch(() => undefined);
    return result;
  }
}
