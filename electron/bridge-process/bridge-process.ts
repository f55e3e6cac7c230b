/** The bridge in a process of its own: takes ports from main and serves the contract on each. */
import { createBridge } from '../../runtime/bridge/bridge.ts';
import { messageOf } from '../../runtime/common/errors.ts';
import type { DoctorFinding } from '../../runtime/contract/system.ts';
import { RpcServer } from '../../runtime/rpc/server.ts';
import { portTransport } from '../../runtime/rpc/transport.ts';
import type { FromBridge, ToBridge } from '../messages/bridge.ts';
import { Questions } from '../messages/questions.ts';
import { followRunning } from './running-feed.ts';

const socketPath = process.env['BERTH_ENGINE_SOCKET'];
if (socketPath === undefined) throw new Error('BERTH_ENGINE_SOCKET does not name the engine’s socket');
const say = (message: FromBridge): void => {
  process.parentPort.postMessage(message);
};
// Main has the engine's process; only it can start or stop that.
const questions = new Questions<readonly DoctorFinding[]>();
const startup = process.env['BERTH_AUTOSTART'];
const bridge = createBridge({
  socketPath,
  ...(startup === undefined ? {} : { autostart: JSON.parse(startup) as string[] }),
  onUnseenAlert: ({ rule, container, containerId, text }) => {
    say({ kind: 'alert', title: `${rule}: ${container}`, body: text.slice(0, 300), container: containerId });
  },
  ...(process.env['BERTH_ENGINE_OWN'] !== '1'
    ? {}
    : {
        controlEngine: async (action) => {
          await questions.ask((id) => {
            say({ kind: 'control', id, action });
          });
        },
        examine: (deep) =>
          questions.ask((id) => {
            say({ kind: 'examine', id, deep });
          }),
      }),
});
const life = new AbortController();

process.parentPort.on('message', ({ data, ports }) => {
  const message = data as ToBridge;
  switch (message.kind) {
    case 'port':
      for (const port of ports) serve(port);
      break;
    case 'act':
      bridge.handlers[`containers.${message.action}`]({ id: message.container }, life.signal).catch(
        (error: unknown) => {
          process.stderr.write(`${message.action} ${message.container}: ${messageOf(error)}\n`);
        },
      );
      break;
    case 'done':
      questions.answer(message.id, message.findings);
      break;
    case 'not-done':
      questions.refuse(message.id, message.text);
  }
});
void followRunning(
  bridge.handlers,
  (containers) => {
    say({ kind: 'running', containers });
  },
  life.signal,
);
process.once('SIGTERM', () => {
  life.abort();
  bridge.dispose();
  process.exit(0);
});

function serve(port: Electron.MessagePortMain): void {
  const { transport, receive, closed } = portTransport(port);
  port.on('message', ({ data }) => {
    receive(data);
  });
  port.on('close', closed);
  new RpcServer(transport, bridge.handlers);
  port.start();
}
