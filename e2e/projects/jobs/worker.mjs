// Takes one job and crashes at every third: what crashed is given to another.
import { appendFileSync } from 'node:fs';
import { connect } from 'node:net';

process.on('SIGUSR1', () => process.exit(0));
const queue = connect(11300, 'queue');
queue.on('close', () => process.exit(1));
queue.write('reserve\r\n');
let done = 0;
queue.on('data', (answer) => {
  const job = /^RESERVED (\d+) \d+\r\n/.exec(answer.toString());
  if (job === null) return;
  done += 1;
  if (done === 3) process.exit(7);
  appendFileSync('/results/done', 'x');
  queue.write(`delete ${job[1]}\r\nreserve\r\n`);
});
