/** The bridge in a process of its own: takes ports from main and serves the contract on each. */
import { createBridge } from '../../runtime/bridge/bridge.ts';
import { RpcServer } from '../../runtime/rpc/server.ts';
import { portTransport } from '../../runtime/rpc/transport.ts';

const socketPath = process.env['BERTH_ENGINE_SOCKET'];
if (socketPath === undefined) throw new Error('BERTH_ENGINE_SOCKET does not name the engine’s socket');
const bridge = createBridge({ socketPath });

process.parentPort.on('message', ({ ports }) => {
  for (const port of ports) {
    const { transport, receive, closed } = portTransport(port);
    port.on('message', ({ data }) => {
      receive(data);
    });
    port.on('close', closed);
    new RpcServer(transport, bridge.handlers);
    port.start();
  }
});
process.once('SIGTERM', () => {
  bridge.dispose();
  process.exit(0);
});
