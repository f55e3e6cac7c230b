import * as z from 'zod';
import { integer, text } from './scalars.ts';

/** Resource limits by name: one value for both, or soft and hard. */
export const ulimits = z.record(
  z.string(),
  z
    .union([integer, z.strictObject({ soft: integer, hard: integer })], {
      error: 'must be a number, or a mapping with soft and hard',
    })
    .transform((value) => (typeof value === 'number' ? { soft: value, hard: value } : value)),
  { error: 'must be a mapping' },
);

/** `NAME:ADDRESS` or `NAME=ADDRESS` lists, or mappings to one address or several; as the engine's `NAME:ADDRESS`. */
export const hosts = z
  .union([z.array(text), z.record(z.string(), z.union([text, z.array(text)]))], {
    error: 'must be a list of NAME=ADDRESS, or a mapping',
  })
  .transform((value, context) => {
    const bare = (address: string): string => address.replace(/^\[(.*)\]$/, '$1');
    if (Array.isArray(value))
      return value.map((entry) => {
        const at = entry.search(/[=:]/);
        if (at < 0) context.addIssue(`"${entry}" lacks the address of a host`);
        return at < 0 ? entry : `${entry.slice(0, at)}:${bare(entry.slice(at + 1))}`;
      });
    return Object.entries(value).flatMap(([name, address]) =>
      (Array.isArray(address) ? address : [address]).map((one) => `${name}:${bare(one)}`),
    );
  });
