import type { ContainerState, ContainerSummary, Health } from '../../../runtime/contract/contract.ts';
import type { Pending } from '../../data/containers.ts';
import { containers as texts } from '../../strings/containers.ts';
import type { Tone } from '../../ui/StateDot.tsx';

/** Which containers the list shows. */
export type StateFilter = 'all' | 'running' | 'stopped';

const RUNNING: ReadonlySet<ContainerState> = new Set(['running', 'paused', 'restarting']);

export function isRunning(container: Pick<ContainerSummary, 'state'>): boolean {
  return RUNNING.has(container.state);
}

const HEALTH_TONES: Readonly<Record<Exclude<Health, 'none'>, Tone>> = {
  starting: 'busy',
  healthy: 'good',
  unhealthy: 'bad',
};

/** Digits of an id that are enough to name it, as docker shows them short. */
const SHORTEST_ID = 4;

/**
 * The container that an address means by its name or the beginning of its id, as docker's commands take them; undefined
 * where there is none, or several.
 */
export function findContainer(containers: Iterable<ContainerSummary>, written: string): ContainerSummary | undefined {
  const all = [...containers];
  const named = all.find(({ id, name }) => id === written || name === written);
  if (named !== undefined || written.length < SHORTEST_ID) return named;
  const [first, ...others] = all.filter(({ id }) => id.startsWith(written));
  return others.length === 0 ? first : undefined;
}

/** A container's state in a word and a tone. */
export function describeState(
  container: Pick<ContainerSummary, 'state' | 'exitCode' | 'health'>,
  pending: Pending | undefined,
): { tone: Tone; text: string } {
  if (pending !== undefined) return { tone: 'busy', text: texts.pending[pending] };
  const word = texts.states[container.state];
  switch (container.state) {
    case 'running':
      return container.health === 'none'
        ? { tone: 'good', text: word }
        : { tone: HEALTH_TONES[container.health], text: texts.health[container.health] };
    case 'paused':
    case 'restarting':
      return { tone: 'warn', text: word };
    case 'created':
      return { tone: 'idle', text: word };
    case 'removing':
      return { tone: 'busy', text: word };
    case 'dead':
      return { tone: 'bad', text: word };
    case 'exited': {
      const code = container.exitCode ?? 0;
      return code === 0 ? { tone: 'idle', text: word } : { tone: 'bad', text: texts.exitedWith(code) };
    }
  }
}

/** What an exit code means, for the codes that mean something to everybody. */
export function explainExit(code: number, oomKilled: boolean): string {
  const { exit, signals } = texts;
  if (oomKilled) return exit.oom;
  if (code === 0) return exit.ok;
  if (code === 125) return exit.c125;
  if (code === 126) return exit.c126;
  if (code === 127) return exit.c127;
  const signal = Object.entries(signals).find(([name]) => name === `s${String(code)}`)?.[1];
  return signal === undefined ? exit.code(code) : exit.signal(signal);
}

/**
 * Whether a container matches what is typed into the filter: every word must be found. `image:`, `label:`, `state:`,
 * `health:` and `port:` look in one place only; a bare word looks at name, image, id, ports and labels.
 */
export function matchesFilter(container: ContainerSummary, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => {
    const [, field, value] = /^(image|label|state|health|port|name|id):(.*)$/.exec(word) ?? [];
    const labels = () => Object.entries(container.labels).map(([name, content]) => `${name}=${content}`.toLowerCase());
    const ports = () => container.ports.map((port) => `${String(port.hostPort)}:${String(port.containerPort)}`);
    switch (field) {
      case 'image':
        return container.image.toLowerCase().includes(value ?? '');
      case 'name':
        return container.name.toLowerCase().includes(value ?? '');
      case 'id':
        return container.id.startsWith(value ?? '');
      case 'state':
        return container.state.startsWith(value ?? '');
      case 'health':
        return container.health.startsWith(value ?? '');
      case 'port':
        return ports().some((port) => port.split(':').includes(value ?? ''));
      case 'label':
        return labels().some((label) => label.startsWith(value ?? ''));
      default:
        return (
          container.name.toLowerCase().includes(word) ||
          container.image.toLowerCase().includes(word) ||
          container.id.startsWith(word) ||
          ports().some((port) => port.includes(word)) ||
          labels().some((label) => label.includes(word))
        );
    }
  });
}

export function matchesState(container: ContainerSummary, filter: StateFilter): boolean {
  return filter === 'all' || (filter === 'running') === isRunning(container);
}

/** Rank of a state when sorting: what runs comes first. */
export function stateRank(container: ContainerSummary): number {
  const order: readonly ContainerState[] = ['running', 'restarting', 'paused', 'created', 'removing', 'exited', 'dead'];
  return order.indexOf(container.state);
}

/** Address under which a published port answers in a browser; null for one that is not published, or not TCP. */
export function portUrl(port: ContainerSummary['ports'][number]): string | null {
  if (port.hostPort === 0 || port.protocol !== 'tcp') return null;
  const anywhere = port.hostIp === '' || port.hostIp === '0.0.0.0' || port.hostIp === '::';
  const host = anywhere ? 'localhost' : port.hostIp.includes(':') ? `[${port.hostIp}]` : port.hostIp;
  const scheme = port.containerPort === 443 || port.containerPort === 8443 ? 'https' : 'http';
  return `${scheme}://${host}:${String(port.hostPort)}`;
}

/** Address of the first published port that answers in a browser. */
export function addressOf({ ports }: Pick<ContainerSummary, 'ports'>): string | null {
  return ports.map(portUrl).find((url) => url !== null) ?? null;
}
