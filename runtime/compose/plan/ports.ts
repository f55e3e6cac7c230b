import type { Service } from '../model/project.ts';

/** `ExposedPorts`: those that are published and those that are only told of. */
export function exposedPorts(service: Service): Record<string, object> {
  const published = (service.ports ?? []).map(({ target, protocol }) => `${target}/${protocol}`);
  const exposed = (service.expose ?? []).map((text) => (text.includes('/') ? text : `${text}/tcp`));
  return Object.fromEntries([...published, ...exposed].map((one) => [one, {}]));
}

/** `PortBindings`. */
export function portBindings(service: Service): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { target, published, hostIp, protocol } of service.ports ?? [])
    (bindings[`${target}/${protocol}`] ??= []).push({ HostIp: hostIp, HostPort: published });
  return bindings;
}
