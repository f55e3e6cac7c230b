import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { DockerConnection } from '../../common/docker-address.ts';
import { command } from '../command.ts';

/** What `ssh HOST berth system dial-stdio` is for: another machine's clients reach the engine through it. */
export const dialStdio = command({
  name: 'system dial-stdio',
  usage: '',
  summary: "Connect standard input and output with the engine's socket",
  specs: {},
  arity: [0, 0],
  run: async ({ api, stdin, stdout }) => {
    const socket = opened(api.connection);
    // Neither direction ends with the other.
    stdin.pipe(socket);
    socket.pipe(stdout, { end: false });
    await once(socket, 'end');
    stdin.unpipe(socket);
    // Or the program would wait for whoever feeds it.
    stdin.destroy();
    socket.destroy();
    return 0;
  },
});

function opened(connection: DockerConnection): Duplex {
  const { target } = connection;
  if ('socketPath' in target) return connect({ path: target.socketPath, allowHalfOpen: true });
  // What `net.connect` knows besides what the agent's type names.
  const options = { ...target, allowHalfOpen: true };
  const socket = connection.agent(false).createConnection(options);
  if (socket === null || socket === undefined) throw new Error(`there is no way to ${connection.address}`);
  return socket;
}
