import {
  bytes,
  int32,
  int64,
  message,
  nested,
  text,
  textMap,
  uint32,
  bytesMap,
  type Message,
} from '../grpc/message.ts';

/** What is known of a file, with Go's mode bits: `fsutil.types.Stat`. */
export const statMessage = message({
  path: text(1),
  mode: uint32(2),
  uid: uint32(3),
  gid: uint32(4),
  size: int64(5),
  /** ns since the epoch. */
  modTime: int64(6),
  linkname: text(7),
  devmajor: int64(8),
  devminor: int64(9),
  xattrs: bytesMap(10),
});
export type Stat = Message<typeof statMessage>;

/** Kinds of packets of the fsutil protocol. */
export const PacketType = { stat: 0, request: 1, data: 2, finish: 3, error: 4 } as const;

/** `fsutil.types.Packet` */
export const packetMessage = message({ type: int32(1), stat: nested(2, statMessage), id: uint32(3), data: bytes(4) });
export type Packet = Message<typeof packetMessage>;

/** A piece of a stream of bytes. */
export const bytesMessage = message({ data: bytes(1) });

export const secretRequest = message({ id: text(1), annotations: textMap(2) });
export const secretResponse = message({ data: bytes(1) });

export const agentRequest = message({ id: text(1) });
export const agentResponse = message({});

export const credentialsRequest = message({ host: text(1) });
export const credentialsResponse = message({ username: text(1), secret: text(2) });

/** Paths of the methods that a client serves on its session. */
export const SESSION_METHODS = {
  diffCopy: '/moby.filesync.v1.FileSync/DiffCopy',
  send: '/moby.filesync.v1.FileSend/DiffCopy',
  credentials: '/moby.filesync.v1.Auth/Credentials',
  secret: '/moby.buildkit.secrets.v1.Secrets/GetSecret',
  checkAgent: '/moby.sshforward.v1.SSH/CheckAgent',
  forwardAgent: '/moby.sshforward.v1.SSH/ForwardAgent',
  upload: '/moby.upload.v1.Upload/Pull',
} as const;
