import type * as Http2 from 'node:http2';
import type * as Https from 'node:https';
import type * as Tls from 'node:tls';

// Built-in modules that take 20 to 40 ms and some MB to load, and that most runs of a command or an engine never need:
// the first that speaks TLS or HTTP/2 loads them.

export const http2 = (): typeof Http2 => process.getBuiltinModule('node:http2');
export const https = (): typeof Https => process.getBuiltinModule('node:https');
export const tls = (): typeof Tls => process.getBuiltinModule('node:tls');
