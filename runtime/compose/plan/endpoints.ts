import type { EndpointSpec, Project, Service } from '../model/project.ts';
import type { ContainerFacts } from './create-body.ts';

/** `EndpointsConfig`: the container's place on each network of its service, by the network's name. */
export function endpoints(project: Project, service: Service, facts: ContainerFacts): Record<string, object> {
  return Object.fromEntries(
    Object.entries(service.networks).map(([key, spec]) => [
      project.networks.get(key)?.name ?? key,
      endpoint(service, spec, facts),
    ]),
  );
}

function endpoint(
  service: Service,
  spec: EndpointSpec,
  { name, finalName = name, oneOff, joined }: ContainerFacts,
): object {
  const address = {
    ...(spec.ipv4_address === undefined ? {} : { IPv4Address: spec.ipv4_address }),
    ...(spec.ipv6_address === undefined ? {} : { IPv6Address: spec.ipv6_address }),
    ...(spec.link_local_ips === undefined ? {} : { LinkLocalIPs: spec.link_local_ips }),
  };
  const options = {
    ...spec.driver_opts,
    ...(spec.interface_name === undefined ? {} : { 'com.docker.network.endpoint.ifname': spec.interface_name }),
  };
  // A one-off container does not answer for its service unless it is asked to.
  const aliases = oneOff ? [finalName] : [finalName, service.name, ...(spec.aliases ?? [])];
  return {
    Aliases: [...new Set(aliases)],
    Links: joined.links,
    ...(Object.keys(address).length === 0 ? {} : { IPAMConfig: address }),
    ...(spec.mac_address === undefined ? {} : { MacAddress: spec.mac_address }),
    ...(Object.keys(options).length === 0 ? {} : { DriverOpts: options }),
    ...(spec.gw_priority === undefined ? {} : { GwPriority: spec.gw_priority }),
  };
}

/** `HostConfig.NetworkMode`: the main network, or the mode asked for. */
export function networkMode(project: Project, service: Service, joined: { readonly network: string | null }): string {
  if (joined.network !== null) return `container:${joined.network}`;
  if (service.network_mode !== undefined) return service.network_mode;
  const [main] = Object.keys(service.networks);
  return main === undefined ? 'none' : (project.networks.get(main)?.name ?? main);
}
