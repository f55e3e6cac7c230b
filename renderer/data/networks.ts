import type { NetworkSummary } from '../../runtime/contract/networks.ts';
import { call } from './connection.ts';
import { createResource } from './resource.ts';

/** All networks and who is in them. */
export const networks = createResource<NetworkSummary>(
  () => call('networks.list', {}),
  (event) =>
    event.type === 'network' ||
    (event.type === 'container' && /^(create|destroy|start|die|rename)$/.test(event.action)),
);
