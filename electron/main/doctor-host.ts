import type { DoctorFinding } from '../../runtime/contract/system.ts';
import type { FromDoctor } from '../messages/doctor.ts';

/** The parts of a utility process that are used here; Electron's fits. */
export interface DoctorChild {
  on(event: 'message', listener: (message: FromDoctor) => void): unknown;
  once(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

/** What a doctor in a process of its own finds. Rejects when it fails or ends without a word. */
export function examination(child: DoctorChild): Promise<readonly DoctorFinding[]> {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message.kind === 'found') resolve(message.findings);
      else reject(new Error(message.text));
      // It has nothing more to say, and its port would keep it alive.
      child.kill();
    });
    child.once('exit', (code) => {
      reject(new Error(`the examination ended with code ${code}`));
    });
  });
}
