/** A reliable, ordered carrier of whole binary messages. */
export interface Transport {
  send(message: Uint8Array<ArrayBuffer>): void;
  /** Set by the one user of the transport, once, before the first message can arrive. */
  onMessage: (message: Uint8Array) => void;
  /** Called once when the other side is gone or `close` was called. */
  onClose: () => void;
  close(): void;
}

/** Two transports that are each other's far end, within one process. */
export function memoryPair(): [Transport, Transport] {
  let open = true;
  const make = (): Transport => ({ send: () => {}, onMessage: () => {}, onClose: () => {}, close: () => {} });
  const left = make();
  const right = make();
  const close = () => {
    if (!open) return;
    open = false;
    queueMicrotask(() => {
      left.onClose();
      right.onClose();
    });
  };
  const wire = (from: Transport, to: Transport) => {
    from.send = (message) => {
      queueMicrotask(() => {
        if (open) to.onMessage(message);
      });
    };
    from.close = close;
  };
  wire(left, right);
  wire(right, left);
  return [left, right];
}

/** What a MessagePort has in common in a page, in a Node worker and in Electron's main process. */
export interface PortLike {
  postMessage(message: unknown): void;
  close(): void;
  start?(): void;
}

/**
 * Carries frames over a message port. Bytes are copied by structured clone and never transferred: a port between two
 * Electron processes loses transferred buffers. The caller forwards the port's own events, whose shape differs by host.
 */
export function portTransport(port: PortLike): {
  transport: Transport;
  receive: (data: unknown) => void;
  closed: () => void;
} {
  let open = true;
  const closed = () => {
    if (!open) return;
    open = false;
    transport.onClose();
  };
  const transport: Transport = {
    send: (message) => {
      if (open) port.postMessage(message);
    },
    onMessage: () => {},
    onClose: () => {},
    close: () => {
      port.close();
      closed();
    },
  };
  const receive = (data: unknown) => {
    if (open && data instanceof Uint8Array) transport.onMessage(data);
  };
  return { transport, receive, closed };
}
