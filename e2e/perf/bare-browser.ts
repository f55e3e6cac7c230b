import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EXECUTABLE = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const START_TIMEOUT_MS = 30_000;

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** What `Runtime.evaluate` answers, as far as it is read here. */
interface Evaluation {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
}

export interface PageMemory {
  readonly heap: number;
  readonly nodes: number;
  readonly listeners: number;
}

/**
 * A headless Chromium with one page and a debugger that asks for nothing but results of functions (Chrome DevTools
 * Protocol). Playwright has every message of a page's web sockets copied to itself, which takes the page's own thread as
 * long as the page's work on 100,000 log lines a second: what is measured beside that is not what people have.
 */
export class BareBrowser {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #session: string | undefined;
  #lastId = 0;

  private constructor(child: ChildProcess, directory: string, socket: WebSocket) {
    this.#child = child;
    this.#directory = directory;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const { id, result, error } = JSON.parse(String(data)) as Answer;
      const waiting = id === undefined ? undefined : this.#waiting.get(id);
      if (id === undefined || waiting === undefined) return;
      this.#waiting.delete(id);
      if (error === undefined) waiting.resolve(result);
      else waiting.reject(new Error(error.message));
    });
    socket.addEventListener('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the browser has gone'));
      this.#waiting.clear();
    });
  }

  /** Starts a browser whose page is empty and has this size, in CSS pixels. */
  static async open(width: number, height: number): Promise<BareBrowser> {
    const directory = await mkdtemp(join(tmpdir(), 'berth-browser-'));
    const args = [
      '--headless',
      '--remote-debugging-port=0',
      `--user-data-dir=${directory}`,
      '--no-first-run',
      // Chromium refuses to run as root with its sandbox.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      'about:blank',
    ];
    const child = spawn(EXECUTABLE, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      const socket = new WebSocket(await debuggerAddress(child));
      await new Promise<void>((resolve, reject) => {
        socket.addEventListener('open', () => {
          resolve();
        });
        socket.addEventListener('error', () => {
          reject(new Error('the debugger of the browser does not answer'));
        });
      });
      const browser = new BareBrowser(child, directory, socket);
      await browser.#attach(width, height);
      return browser;
    } catch (error) {
      await end(child);
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
      throw error;
    }
  }

  async #attach(width: number, height: number): Promise<void> {
    const { targetInfos } = (await this.#call('Target.getTargets')) as {
      targetInfos: readonly { readonly targetId: string; readonly type: string }[];
    };
    const target = targetInfos.find(({ type }) => type === 'page');
    if (target === undefined) throw new Error('the browser opened no page');
    const attached = (await this.#call('Target.attachToTarget', { targetId: target.targetId, flatten: true })) as {
      sessionId: string;
    };
    this.#session = attached.sessionId;
    await this.#call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  async #call(method: string, params: object = {}): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params, sessionId: this.#session }));
    });
  }

  /** Runs a function, which sees nothing but its argument, in each document that is opened from now on, before its own. */
  async beforeEach(code: () => void): Promise<void> {
    await this.#call('Page.enable');
    await this.#call('Page.addScriptToEvaluateOnNewDocument', { source: `(${code.toString()})()` });
  }

  /** Opens an address; does not wait until it is there. */
  async goto(url: string): Promise<void> {
    await this.#call('Page.navigate', { url });
  }

  async reload(): Promise<void> {
    await this.#call('Page.reload');
  }

  /** What a function returns, or comes to, in the page; it sees nothing but its argument. Rejects with what it throws. */
  async evaluate<A, R>(code: (argument: A) => R | Promise<R>, argument: A): Promise<R> {
    const expression = `(${code.toString()})(${JSON.stringify(argument)})`;
    const { result, exceptionDetails } = (await this.#call('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as Evaluation;
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as R;
  }

  /** What the page holds when all that can be freed is: bytes of its scripts' heap, nodes of its documents, listeners. */
  async memory(): Promise<PageMemory> {
    // Twice: what the first frees may have kept other things (finalizers, weak references).
    for (let turn = 0; turn < 2; turn += 1) await this.#call('HeapProfiler.collectGarbage');
    const { usedSize } = (await this.#call('Runtime.getHeapUsage')) as { usedSize: number };
    const { nodes, jsEventListeners } = (await this.#call('Memory.getDOMCounters')) as {
      nodes: number;
      jsEventListeners: number;
    };
    return { heap: usedSize, nodes, listeners: jsEventListeners };
  }

  /** Comes back when the function says so in the page; rejects after some milliseconds. */
  async until<A>(code: (argument: A) => boolean, argument: A, timeoutMs = 20_000): Promise<void> {
    const last = Date.now() + timeoutMs;
    // A document that is being left takes the answer with it.
    while (!(await this.evaluate(code, argument).catch(() => false))) {
      if (Date.now() > last) throw new Error(`not in time: ${code.toString()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    this.#socket.close();
    await end(this.#child);
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function debuggerAddress(child: ChildProcess): Promise<string> {
  let output = '';
  return await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the browser was not ready in time:\n${output}`));
    }, START_TIMEOUT_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const address = /DevTools listening on (ws:\S+)/.exec(output)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the browser ended with ${String(code)}:\n${output}`));
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  child.kill();
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}
