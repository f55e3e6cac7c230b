import { navigate } from 'wouter/use-hash-location';
import { create } from 'zustand';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { makeStarterImage } from '../../data/image-tasks.ts';
import { initialRunForm, toRunSpec } from '../run/run-form.ts';

interface FirstState {
  readonly phase: 'idle' | 'making' | 'starting' | 'failed';
  readonly error: BridgeError | null;
}

/** How far the first container is; kept here because the list of images changes the screen on the way. */
export const useFirstContainer = create<FirstState>(() => ({ phase: 'idle', error: null }));

/** From nothing to a terminal in a running container: makes the starter image, and a container from it. */
export async function startFirstContainer(): Promise<void> {
  const { phase } = useFirstContainer.getState();
  if (phase === 'making' || phase === 'starting') return;
  useFirstContainer.setState({ phase: 'making', error: null });
  try {
    const reference = await makeStarterImage();
    useFirstContainer.setState({ phase: 'starting' });
    const result = toRunSpec(initialRunForm(reference));
    if ('errors' in result) throw new BridgeError('invalid', Object.values(result.errors).join(' '));
    const { id } = await call('containers.create', result.spec);
    await call('containers.start', { id });
    useFirstContainer.setState({ phase: 'idle' });
    navigate(`/containers/${id}/terminal`);
  } catch (thrown) {
    const error = BridgeError.from(thrown);
    useFirstContainer.setState(error.code === 'cancelled' ? { phase: 'idle' } : { phase: 'failed', error });
  }
}
