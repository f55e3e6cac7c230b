import * as z from 'zod';
import { duration, integer, labels, number, options, size, text, texts, words } from './scalars.ts';

const device = z.strictObject({
  capabilities: texts.optional(),
  count: z.union([z.literal('all'), integer]).optional(),
  device_ids: texts.optional(),
  driver: words.optional(),
  options: options.optional(),
});
const devices = z.array(device);

const change = z.strictObject({
  parallelism: integer.optional(),
  delay: duration.optional(),
  failure_action: words.optional(),
  monitor: duration.optional(),
  max_failure_ratio: number.optional(),
  order: z.enum(['start-first', 'stop-first']).optional(),
});

/** `gpus: all`, or a list of devices. */
export const gpus = z
  .union([z.literal('all'), devices], { error: 'must be "all" or a list of devices' })
  .transform((value): z.output<typeof devices> => (value === 'all' ? [{ count: 'all' }] : value));

/** The part of `deploy` that one machine can keep, and the rest as it stands. */
export const deploy = z.strictObject({
  mode: words.optional(),
  endpoint_mode: words.optional(),
  replicas: integer.optional(),
  labels: labels.optional(),
  rollback_config: change.optional(),
  update_config: change.optional(),
  resources: z
    .strictObject({
      limits: z.strictObject({ cpus: number.optional(), memory: size.optional(), pids: integer.optional() }).optional(),
      reservations: z
        .strictObject({
          cpus: number.optional(),
          memory: size.optional(),
          generic_resources: z.array(z.unknown()).optional(),
          devices: z.array(device.extend({ capabilities: texts })).optional(),
        })
        .optional(),
    })
    .optional(),
  restart_policy: z
    .strictObject({
      condition: words.optional(),
      delay: duration.optional(),
      max_attempts: integer.optional(),
      window: duration.optional(),
    })
    .optional(),
  placement: z
    .strictObject({
      constraints: texts.optional(),
      preferences: z.array(z.strictObject({ spread: text.optional() })).optional(),
      max_replicas_per_node: integer.optional(),
    })
    .optional(),
});
