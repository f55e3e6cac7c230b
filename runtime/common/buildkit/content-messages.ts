import { bytes, int32, int64, message, nested, text } from '../grpc/message.ts';

/** What is known of a blob: `containerd.services.content.v1.Info`, as much of it as is used. */
const infoMessage = message({ digest: text(1), size: int64(2) });

export const infoRequest = message({ digest: text(1) });
export const infoResponse = message({ info: nested(1, infoMessage) });

export const readRequest = message({ digest: text(1), offset: int64(2), size: int64(3) });
export const readResponse = message({ offset: int64(1), data: bytes(2) });

/** What a message of a write is for: `containerd.services.content.v1.WriteAction`. */
export const WriteAction = { stat: 0, write: 1, commit: 2 } as const;

export const writeRequest = message({
  action: int32(1),
  /** Names the write, so that one that was broken off can be gone on with. */
  ref: text(2),
  total: int64(3),
  expected: text(4),
  offset: int64(5),
  data: bytes(6),
});
export const writeResponse = message({ action: int32(1), offset: int64(4), total: int64(5), digest: text(6) });

/** Paths of the methods that a client serves for each of its content stores. */
export const CONTENT_METHODS = {
  info: '/containerd.services.content.v1.Content/Info',
  read: '/containerd.services.content.v1.Content/Read',
  write: '/containerd.services.content.v1.Content/Write',
} as const;
