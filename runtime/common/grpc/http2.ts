import type * as Http2 from 'node:http2';

/** Node's HTTP/2, which takes 40 ms and 3 MB to load and most runs of an engine never need: loaded by the first call. */
export const http2 = (): typeof Http2 => process.getBuiltinModule('node:http2');
