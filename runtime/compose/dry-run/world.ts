import { randomBytes } from 'node:crypto';
import type { DockerApiRequest } from '../../common/docker-api.ts';

/** A container that was only said to be made. */
interface Made {
  readonly id: string;
  name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tty: boolean;
}

/** What verbs make of a container. */
const STATES: Readonly<Record<string, string>> = {
  start: 'running',
  restart: 'running',
  unpause: 'running',
  pause: 'paused',
  stop: 'exited',
  kill: 'exited',
};

/** What would be on an engine if it had been told of all changes. */
export class DryRunWorld {
  readonly #made = new Map<string, Made>();
  readonly #removed = new Set<string>();
  readonly #states = new Map<string, string>();
  readonly #images = new Set<string>();

  /** Takes the request that would make a container. Returns an id for it. */
  create({ query = {}, body }: DockerApiRequest): string {
    const id = randomBytes(32).toString('hex');
    const {
      Image = '',
      Labels = {},
      Tty = false,
    } = (body ?? {}) as {
      Image?: string;
      Labels?: Record<string, string>;
      Tty?: boolean;
    };
    this.#made.set(id, { id, name: String(query['name'] ?? ''), image: Image, labels: Labels, tty: Tty });
    this.#states.set(id, 'created');
    return id;
  }

  remove(id: string): void {
    this.#removed.add(id);
  }

  /** A verb of the API on a container. */
  act(id: string, verb: string, name: string): void {
    const state = STATES[verb];
    if (state !== undefined) this.#states.set(id, state);
    const made = this.#made.get(id);
    if (verb === 'rename' && made !== undefined) made.name = name;
  }

  addImage(name: string): void {
    this.#images.add(name);
  }

  /** Whether an image would have been built or pulled. */
  hasImage(name: string): boolean {
    const isTagged = name.includes(':', name.lastIndexOf('/') + 1);
    return this.#images.has(name) || (!isTagged && this.#images.has(`${name}:latest`));
  }

  /** The list of containers, with those that were made and without those that were removed. */
  listed(
    real: readonly { readonly Id: string; readonly State: string }[],
    query: NonNullable<DockerApiRequest['query']>,
  ): object[] {
    const { label = [] } = JSON.parse(String(query['filters'] ?? '{}')) as { label?: readonly string[] };
    const matches = ({ labels }: Made): boolean =>
      label.every((one) => {
        const equals = one.indexOf('=');
        const value = labels[equals < 0 ? one : one.slice(0, equals)];
        return value !== undefined && (equals < 0 || value === one.slice(equals + 1));
      });
    const changed = real.map((one) => ({ ...one, State: this.#states.get(one.Id) ?? one.State }));
    const own = [...this.#made.values()].filter(matches).map(({ id, name, image, labels }) => ({
      Id: id,
      Names: [`/${name}`],
      Image: image,
      Command: '',
      Created: Math.floor(Date.now() / 1000),
      State: this.#states.get(id) ?? 'created',
      Status: 'Created',
      Labels: labels,
      Ports: [],
      NetworkSettings: { Networks: {} },
    }));
    return [...changed, ...own].filter(({ Id }) => !this.#removed.has(Id));
  }

  /** A container that was made, as `inspect` has it; null for one that the engine has. */
  inspected(id: string): object | null {
    const made = this.#made.get(id);
    if (made === undefined) return null;
    const { name, image, tty } = made;
    return this.changed(id, {
      Id: id,
      Name: `/${name}`,
      State: stateOf('created'),
      Config: { Tty: tty, Image: image },
      Mounts: [],
      NetworkSettings: { Ports: {} },
    });
  }

  /** A container of the engine with the state that it would have; what would run is taken for healthy. */
  changed(id: string, real: object): object {
    const state = this.#states.get(id);
    return state === undefined ? real : { ...real, State: stateOf(state) };
  }
}

function stateOf(status: string): object {
  const Running = status === 'running';
  return { Status: status, Running, ExitCode: 0, ...(Running ? { Health: { Status: 'healthy' } } : {}) };
}
