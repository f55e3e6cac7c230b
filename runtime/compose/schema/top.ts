import * as z from 'zod';
import { flag, integer, labels, options, text, texts, words } from './scalars.ts';
import { service } from './service.ts';

/** `external: true`, or the older mapping with a name. */
const external = z
  .union([flag, z.strictObject({ name: words.optional() })], { error: 'must be true or false' })
  .optional();

const ipam = z.strictObject({
  driver: words.optional(),
  config: z
    .array(
      z.strictObject({
        subnet: words.optional(),
        ip_range: words.optional(),
        gateway: words.optional(),
        aux_addresses: z.record(z.string(), text).optional(),
      }),
    )
    .optional(),
  options: options.optional(),
});

const network = z.strictObject({
  name: words.optional(),
  driver: words.optional(),
  driver_opts: options.optional(),
  ipam: ipam.optional(),
  external,
  internal: flag.optional(),
  enable_ipv4: flag.optional(),
  enable_ipv6: flag.optional(),
  attachable: flag.optional(),
  labels: labels.optional(),
});

const volume = z.strictObject({
  name: words.optional(),
  driver: words.optional(),
  driver_opts: options.optional(),
  external,
  labels: labels.optional(),
});

const file = z.strictObject({
  name: words.optional(),
  content: z.string().optional(),
  environment: words.optional(),
  file: words.optional(),
  external,
  labels: labels.optional(),
  driver: words.optional(),
  driver_opts: options.optional(),
  template_driver: words.optional(),
});

/** A language model that services use. */
const languageModel = z.strictObject({
  name: words.optional(),
  model: words,
  context_size: integer.optional(),
  runtime_flags: texts.optional(),
});

const NAME = /^[a-zA-Z0-9._-]+$/;

function section<T>(entry: z.ZodType<T>): z.ZodType<Record<string, T> | undefined> {
  return z
    .record(z.string().regex(NAME, 'is no name: letters, digits, dots, dashes and underscores'), entry, {
      error: 'must be a mapping',
    })
    .nullish()
    .transform((value) => value ?? undefined);
}

/** Nothing after a name means all defaults. */
function orNothing<T extends object>(entry: z.ZodType<T>, nothing: T): z.ZodType<T> {
  return z.union([entry, z.null()]).transform((value) => value ?? nothing);
}

/** A whole Compose model. */
export const model = z.strictObject({
  version: text.optional(),
  name: words.optional(),
  services: section(service),
  networks: section(orNothing<z.output<typeof network>>(network, {})),
  volumes: section(orNothing<z.output<typeof volume>>(volume, {})),
  configs: section(orNothing<z.output<typeof file>>(file, {})),
  secrets: section(orNothing<z.output<typeof file>>(file, {})),
  models: section(languageModel),
});

export type ModelInput = z.output<typeof model>;
export type NetworkInput = z.output<typeof network>;
export type VolumeInput = z.output<typeof volume>;
export type ModelSpec = z.output<typeof languageModel>;
export type FileInput = z.output<typeof file>;
