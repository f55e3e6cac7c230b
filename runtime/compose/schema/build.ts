import * as z from 'zod';
import { flag, labels, pairs, size, text, textOrTexts, texts, words } from './scalars.ts';
import { grants } from './grants.ts';
import { hosts, ulimits } from './limits.ts';

const long = z.strictObject({
  context: words.optional(),
  dockerfile: words.optional(),
  dockerfile_inline: words.optional(),
  entitlements: texts.optional(),
  args: pairs.optional(),
  ssh: pairs.optional(),
  labels: labels.optional(),
  cache_from: texts.optional(),
  cache_to: texts.optional(),
  no_cache: flag.optional(),
  no_cache_filter: textOrTexts.optional(),
  additional_contexts: pairs.optional(),
  network: words.optional(),
  provenance: text.optional(),
  sbom: text.optional(),
  pull: flag.optional(),
  target: words.optional(),
  shm_size: size.optional(),
  extra_hosts: hosts.optional(),
  isolation: words.optional(),
  privileged: flag.optional(),
  secrets: grants.optional(),
  tags: texts.optional(),
  ulimits: ulimits.optional(),
  platforms: texts.optional(),
});

/** How a service's image is built: a context, or a mapping. */
export const build = z
  .union([words, long], { error: 'must be a path or a mapping' })
  .transform((value): z.output<typeof long> => (typeof value === 'string' ? { context: value } : value));
