import type { Logger } from '../../common/logger.ts';
import { maskedProxy } from '../registry/proxy.ts';
import type { EventBus } from '../system/events.ts';
import type { ConfigurationKey } from './configuration.ts';
import type { Settings } from './settings.ts';

export interface ReloadParts {
  readonly settings: Settings;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly engineId: string;
  readonly hostname: string;
  /** Brings what is already there in line with what the settings are now. */
  readonly apply: () => void;
}

/** Reads the configuration file again, as dockerd does at SIGHUP, and tells who listens. Throws `invalid` for a wrong file. */
export function reloadSettings({
  settings,
  events,
  logger,
  engineId,
  hostname,
  apply,
}: ReloadParts): readonly ConfigurationKey[] {
  const changed = settings.reload();
  const { current } = settings;
  // Whoever listens is not to learn passwords.
  const proxies = Object.fromEntries(
    Object.entries<string>({ ...current.proxies }).map(([key, text]) => [key, maskedProxy(text)]),
  );
  logger.setDebug?.(current.debug);
  apply();
  events.publish('daemon', 'reload', engineId, {
    name: hostname,
    ...Object.fromEntries(Object.entries({ ...current, proxies }).map(([key, value]) => [key, JSON.stringify(value)])),
  });
  logger.info('the configuration was read again', { changed });
  return changed;
}
