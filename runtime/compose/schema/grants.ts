import * as z from 'zod';
import { text, words } from './scalars.ts';

const long = z.strictObject({
  source: words.optional(),
  target: words.optional(),
  uid: text.optional(),
  gid: text.optional(),
  mode: z
    .union([z.number(), z.string().regex(/^0?[0-7]{1,4}$/, 'must be a file mode, as 0440')])
    .transform((value) => (typeof value === 'string' ? Number.parseInt(value, 8) : value))
    .optional(),
});

/** Configs or secrets that a service is given. */
export const grants = z
  .array(
    z
      .union([text, long], { error: 'must be a name or a mapping' })
      .transform((value): z.output<typeof long> => (typeof value === 'string' ? { source: value } : value)),
    { error: 'must be a list' },
  )
  .transform((list) => list.map((one) => ({ ...one, source: one.source ?? '' })));
