// Gives a process that Node forked the one thing that Electron's utility processes have beyond Node's: `parentPort`.
process.parentPort = {
  postMessage: (message) => void process.send?.(message),
  on: (_event, listener) => void process.on('message', (data) => listener({ data, ports: [] })),
};
