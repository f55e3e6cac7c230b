import { z } from 'zod';
import { AT_START, type Configuration, type ConfigurationProblem } from '../configuration/configuration.ts';
import { reloadSettings, type ReloadParts } from '../configuration/reload.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { OciRuntimes } from '../system/runtimes.ts';
import { sendJson, type Router } from './router.ts';

const bodySchema = z.object({ Text: z.string().max(1024 * 1024) });

/** `/berth/configuration`: ours, for the app. What dockerd reads from daemon.json, to be read and written. */
export function registerConfigurationRoutes(router: Router, parts: ReloadParts, runtimes: OciRuntimes): void {
  const { settings } = parts;
  router.add('GET', '/berth/configuration', (context) => {
    sendJson(context, 200, {
      Path: settings.path ?? '',
      Text: settings.text,
      Current: settings.current,
      /** Keys that are read at start only, and those of them that have changed since. */
      AtStart: AT_START,
      Waiting: settings.waiting,
      /** What the administrator of the machine has set, and where. */
      Managed: { Path: settings.managed.path, Options: settings.managed.options },
    });
  });

  router.add('PUT', '/berth/configuration', async (context) => {
    const body = bodySchema.safeParse(await context.json());
    if (!body.success) throw new EngineError('invalid', 'the body has no Text');
    const problems = await settings.write(body.data.Text, (configuration) => runtimeProblems(configuration, runtimes));
    const changed = problems.length > 0 ? [] : reloadSettings(parts);
    sendJson(context, 200, {
      Problems: problems.map(({ field, message }) => ({ Field: field, Message: message })),
      Changed: changed,
      Waiting: settings.waiting,
    });
  });
}

/** An engine would not start with a default that is not there. */
function runtimeProblems(configuration: Configuration, runtimes: OciRuntimes): ConfigurationProblem[] {
  try {
    runtimes.program(configuration['default-runtime']);
    return [];
  } catch (error) {
    return [{ field: 'default-runtime', message: messageOf(error) }];
  }
}
