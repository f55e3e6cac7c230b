import { once } from 'node:events';
import { connect } from 'node:net';
import { command } from '../command.ts';

/** What `ssh HOST berth system dial-stdio` is for: another machine's clients reach the engine through it. */
export const dialStdio = command({
  name: 'system dial-stdio',
  usage: '',
  summary: "Connect standard input and output with the engine's socket",
  specs: {},
  arity: [0, 0],
  run: async ({ api, stdin, stdout }) => {
    const socket = connect({ path: api.address.replace(/^unix:\/\//, ''), allowHalfOpen: true });
    await once(socket, 'connect');
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
