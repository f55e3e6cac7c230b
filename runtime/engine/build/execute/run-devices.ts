import { findCdiDevices } from '../../containers/cdi.ts';
import type { HostConfig } from '../../containers/config.ts';
import { EngineError } from '../../errors.ts';
import type { RunDevice } from '../dockerfile/run-devices.ts';

/** The devices of a RUN as a container is asked for them. Throws `invalid` for what is missing or not allowed. */
export function deviceRequests(
  devices: readonly RunDevice[],
  entitlements: ReadonlySet<string>,
  directories?: readonly string[],
): Pick<HostConfig, 'DeviceRequests'> {
  if (devices.length === 0) return {};
  const names = devices.flatMap(({ name, required }) => {
    const found = findCdiDevices(name, directories);
    if (found.length === 0 && required) throw new EngineError('invalid', `required CDI device ${name} is not there`);
    for (const { qualifiedName, isAllowed } of found)
      if (!isAllowed && !['device', `device=${name}`, `device=${qualifiedName}`].some((one) => entitlements.has(one)))
        throw new EngineError(
          'invalid',
          `granting access to the device ${qualifiedName} is not allowed by this build: use --allow device`,
        );
    return found.map(({ qualifiedName }) => qualifiedName);
  });
  return { DeviceRequests: [{ Driver: 'cdi', DeviceIDs: [...new Set(names)] }] };
}
