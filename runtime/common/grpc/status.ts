import { bytes, int32, list, message, text } from './message.ts';

/** Codes of gRPC that are used here. */
export const GrpcStatus = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  alreadyExists: 6,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** More about a failure: a value of a kind that both sides know by its address. */
export interface StatusDetail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** A call ended with a status other than OK. */
export class GrpcError extends Error {
  /** One of gRPC's codes. */
  readonly code: number;
  readonly details: readonly StatusDetail[];

  constructor(code: number, text: string, options?: ErrorOptions & { readonly details?: readonly StatusDetail[] }) {
    super(text, options);
    this.name = 'GrpcError';
    this.code = code;
    this.details = options?.details ?? [];
  }
}

/** `google.rpc.Status` */
const statusMessage = message({
  code: int32(1),
  message: text(2),
  details: list(3, message({ typeUrl: text(1), value: bytes(2) })),
});

/** The trailers with which a call ends that failed. */
export function statusTrailers(
  code: number,
  words: string,
  details: readonly StatusDetail[] = [],
): Record<string, string> {
  const status = () => Buffer.from(statusMessage.encode({ code, message: words, details }));
  return {
    'grpc-status': String(code),
    ...(words === '' ? {} : { 'grpc-message': encodeStatusMessage(words) }),
    ...(details.length === 0 ? {} : { 'grpc-status-details-bin': status().toString('base64').replace(/=+$/, '') }),
  };
}

/** A status message in a trailer: percent-encoded UTF-8. */
export function encodeStatusMessage(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

/** The reverse; what is no encoding is taken as it is. */
export function decodeStatusMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
