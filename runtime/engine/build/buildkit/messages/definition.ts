import { createHash } from 'node:crypto';
import { bytesList, bytesMap, list, message, nested, text, textMap } from '../../../../common/grpc/message.ts';

/** An operation of BuildKit's `pb.Op`, as much of it as names a source. */
const source = message({ identifier: text(1), attrs: textMap(2) });
const input = message({ digest: text(1) });
const operation = message({ inputs: list(1, input), source: nested(3, source) });
/** `pb.Definition`: operations in their order, of which the last only points at the result. */
const definition = message({ def: bytesList(1), metadata: bytesMap(2) });

/** What names a result of ours in a definition; nobody else has such sources. */
const SCHEME = 'berth-result://';

/**
 * A definition that stands for a result that is not built yet. Clients do not look into definitions: they hand them back
 * as inputs of other builds.
 */
export function resultDefinition(id: string): Uint8Array {
  const made = operation.encode({ source: { identifier: `${SCHEME}${id}` } });
  const digest = `sha256:${createHash('sha256').update(made).digest('hex')}`;
  // Clients refuse a definition without any metadata.
  const metadata = new Map([[digest, new Uint8Array(0)]]);
  return definition.encode({ def: [made, operation.encode({ inputs: [{ digest }] })], metadata });
}

/** The id of the result that a definition stands for; null for a definition of somebody else. */
export function resultOf(encoded: Uint8Array): string | null {
  for (const one of definition.decode(encoded).def) {
    const identifier = operation.decode(one).source?.identifier ?? '';
    if (identifier.startsWith(SCHEME)) return identifier.slice(SCHEME.length);
  }
  return null;
}
