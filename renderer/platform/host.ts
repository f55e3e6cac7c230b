/**
 * What differs between the window of the desktop app and a browser tab, and nothing else knows: how the page reaches
 * the bridge, the clipboard, and opening addresses outside.
 */
import { BridgeError } from '../../runtime/rpc/error.ts';
import { portTransport, type Transport } from '../../runtime/rpc/transport.ts';
import { connection as texts } from '../strings/connection.ts';

/** Set by the preload script in the desktop window. */
interface DesktopHost {
  readonly kind: 'electron';
  /** Asks for a port to the bridge; it arrives as a window message that repeats the nonce. */
  requestPort(nonce: string): void;
  openExternal(url: string): void;
}

declare global {
  interface Window {
    readonly berthHost?: DesktopHost;
  }
}

/** How long a window may wait for its port, in milliseconds. */
const PORT_TIMEOUT_MS = 10_000;

/** Opens a connection to the bridge. Rejects with BridgeError. */
export async function connect(): Promise<Transport> {
  return window.berthHost === undefined ? await connectSocket() : await connectPort(window.berthHost);
}

async function connectPort(host: DesktopHost): Promise<Transport> {
  const nonce = crypto.randomUUID();
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      window.removeEventListener('message', receive);
      reject(new BridgeError('disconnected', texts.noAnswer));
    }, PORT_TIMEOUT_MS);
    const receive = (event: MessageEvent) => {
      const port = event.ports[0];
      if (event.source !== window || event.data !== nonce || port === undefined) return;
      window.removeEventListener('message', receive);
      clearTimeout(timer);
      const wired = portTransport(port);
      port.onmessage = (message: MessageEvent) => {
        wired.receive(message.data);
      };
      port.addEventListener('close', wired.closed);
      port.start();
      resolve(wired.transport);
    };
    window.addEventListener('message', receive);
    host.requestPort(nonce);
  });
}

/**
 * Where the proof of the session is kept, which goes with its cookie. Browsers send the cookie to every port of this
 * machine, but keep this for ours.
 */
const PROOF_KEY = 'berth.proof';
const proof = (): string => localStorage.getItem(PROOF_KEY) ?? '';

/** Exchanges the token in the address, if there is one, for a session, and takes it out of the address. */
async function signIn(): Promise<void> {
  const token = /^#token=([\w-]+)/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, '', `${location.pathname}#/containers`);
  const answer = await fetch('./session', { method: 'POST', body: token });
  if (answer.ok) localStorage.setItem(PROOF_KEY, await answer.text());
  if (answer.status === 401 && !(await hasSession())) {
    throw new BridgeError('unauthorized', texts.used, {
      hint: texts.usedHint,
    });
  }
}

async function hasSession(): Promise<boolean> {
  return (await fetch('./session', { headers: { 'X-Berth-Proof': proof() } })).status === 204;
}

async function connectSocket(): Promise<Transport> {
  try {
    await signIn();
    if (!(await hasSession())) {
      throw new BridgeError('unauthorized', texts.notSignedIn, {
        hint: texts.notSignedInHint,
      });
    }
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    throw new BridgeError('disconnected', texts.notRunning, { detail: String(error) });
  }
  const socket = new WebSocket(`ws://${location.host}/rpc`, ['berth', proof()]);
  socket.binaryType = 'arraybuffer';
  const transport: Transport = {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    onMessage: () => {},
    onClose: () => {},
    close: () => {
      socket.close();
    },
  };
  return await new Promise((resolve, reject) => {
    socket.onmessage = (event: MessageEvent) => {
      if (event.data instanceof ArrayBuffer) transport.onMessage(new Uint8Array(event.data));
    };
    // Whoever awaits this is listening before the next message event can run.
    socket.onopen = () => {
      resolve(transport);
    };
    socket.onclose = () => {
      reject(new BridgeError('disconnected', texts.closed));
      transport.onClose();
    };
  });
}

/** Where the times of the last reloads are kept. */
const RELOADED_KEY = 'berth.reloaded';
/** Networks come and go in bursts; a page that breaks after this many reloads within the time is not mended by another. */
const MAX_RELOADS = 5;
const RELOADS_WITHIN_MS = 30_000;
/** Between two questions whether the app is there, in milliseconds. */
const ANSWER_POLL_MS = 500;

/**
 * Loads the page again at the same address, as soon as the app behind it answers: a browser would show its own error
 * otherwise. Resolves to false, and does nothing, when that has been done in vain.
 */
export async function reloadPage(): Promise<boolean> {
  const times = (sessionStorage.getItem(RELOADED_KEY) ?? '').split(' ').map(Number);
  const recent = times.filter((time) => Date.now() - time < RELOADS_WITHIN_MS);
  if (recent.length >= MAX_RELOADS) return false;
  while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, ANSWER_POLL_MS));
  sessionStorage.setItem(RELOADED_KEY, [...recent, Date.now()].join(' '));
  location.reload();
  return true;
}

async function answers(): Promise<boolean> {
  try {
    await fetch('./', { method: 'HEAD', cache: 'no-store' });
    return true;
  } catch {
    return false;
  }
}

/** Whether parts of the page come over a connection that can fail: not in the desktop window, which has them as files. */
export const isServed = (): boolean => window.berthHost === undefined;

/** Opens an address outside of the app: of the web, or one that another program takes. */
export function openExternal(url: string): void {
  if (window.berthHost !== undefined) window.berthHost.openExternal(url);
  else if (/^https?:/.test(url)) window.open(url, '_blank', 'noopener,noreferrer');
  // The browser hands it over and the page stays; a tab of its own would be left empty.
  else location.assign(url);
}

/** Puts text on the clipboard. Rejects when the browser refuses. */
export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}

/** Saves text as a file of the person's choice. */
export function saveText(name: string, parts: readonly string[]): void {
  saveBlob(name, new Blob([...parts], { type: 'text/plain' }));
}

/** Saves bytes as a file of the person's choice. */
export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // After the browser has taken the blob over.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}

/** Lets the person choose a file; null when they choose none. */
export async function chooseFile(accept: string): Promise<File | null> {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = accept;
  return await new Promise((resolve) => {
    input.onchange = () => {
      resolve(input.files?.[0] ?? null);
    };
    input.oncancel = () => {
      resolve(null);
    };
    input.click();
  });
}
