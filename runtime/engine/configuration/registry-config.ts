import type { Configuration } from './configuration.ts';

/** Docker's name of its own registry. */
const HUB = 'docker.io';
/** Always insecure: nobody is between this machine and itself. */
const LOOPBACK = ['::1/128', '127.0.0.0/8'];

/** `RegistryConfig` of `GET /info`, as dockerd makes it of its configuration. */
export function registryConfig(configuration: Configuration): Record<string, unknown> {
  const declared = configuration['insecure-registries'];
  // With a slash at the end, as dockerd has them.
  const mirrors = configuration['registry-mirrors'].map((mirror) => new URL(mirror).href);
  const index = (name: string, secure: boolean) => ({
    Name: name,
    Mirrors: name === HUB ? mirrors : [],
    Secure: secure,
    Official: name === HUB,
  });
  const hosts = declared.filter((one) => !one.includes('/'));
  return {
    InsecureRegistryCIDRs: [...new Set([...LOOPBACK, ...declared.filter((one) => one.includes('/'))])],
    IndexConfigs: Object.fromEntries(
      [index(HUB, true), ...hosts.map((host) => index(host, false))].map((one) => [one.Name, one]),
    ),
    Mirrors: mirrors,
  };
}
