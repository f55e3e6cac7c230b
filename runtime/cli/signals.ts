import type { DockerApi } from '../common/docker-api.ts';

/** Signals a person or a supervisor sends; SIGUSR1 is Node's own. */
const FORWARDED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2', 'SIGCONT', 'SIGALRM'] as const;

/** Passes signals sent to this process on to a container; returns the function that stops it. */
export function forwardSignals(api: DockerApi, id: string): () => void {
  const handlers = FORWARDED.map((name) => {
    const handler = (): void => {
      // A container that has just ended takes no signal, which is no news.
      api.json('POST', `/containers/${id}/kill`, { query: { signal: name } }).catch(() => undefined);
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}
