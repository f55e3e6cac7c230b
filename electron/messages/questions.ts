/** Questions to another process that has not answered yet, by number. */
export class Questions<T> {
  readonly #open = new Map<number, PromiseWithResolvers<T>>();
  #last = 0;

  /** Asks with a number of its own; resolves or rejects with the answer to it. */
  async ask(send: (id: number) => void): Promise<T> {
    this.#last += 1;
    const question = Promise.withResolvers<T>();
    this.#open.set(this.#last, question);
    send(this.#last);
    return await question.promise;
  }

  /** An answer to a question that nobody asked is ignored. */
  answer(id: number, value: T): void {
    this.#open.get(id)?.resolve(value);
    this.#open.delete(id);
  }

  refuse(id: number, text: string): void {
    this.#open.get(id)?.reject(new Error(text));
    this.#open.delete(id);
  }
}
