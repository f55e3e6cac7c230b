import { join } from 'node:path';
import type { Logger } from '../../common/logger.ts';
import { signalNumber } from '../../common/signals.ts';
import { rfc3339 } from '../../common/time.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { Launcher, Supervised } from '../launcher/interface.ts';
import { LaunchError, type ExitRecord } from '../launcher/types.ts';
import type { EventBus } from '../system/events.ts';
import { endsWithin, failureExitCode, mayStartLater, parsedSignal } from './ends.ts';
import { listenedPorts } from './publications.ts';
import { containerPaths } from './container-files.ts';
import type { ContainerHandle } from './handle.ts';
import type { HealthState } from './health.ts';
import type { MountPoints } from './mount-points.ts';
import { publishMounts } from './mount-events.ts';
import type { ContainerNetworking } from './networking.ts';
import type { Planner } from './planner.ts';
import type { ContainerRegistry } from './registry.ts';
import { Removal } from './removal.ts';
import type { ContainerRepository } from './repository.ts';
import { restartDelay, restartsAfterExit } from './restart-policy.ts';
import { explainStart } from './start-failure.ts';
import { startSlots } from './start-slots.ts';
import { INITIAL_STATE, offNetworks, type ContainerState } from './types.ts';
import { crashPoint } from '../system/crash-points.ts';

export interface LifecycleParts {
  readonly dataRoot: string;
  readonly registry: ContainerRegistry;
  readonly repository: ContainerRepository;
  readonly launcher: Launcher;
  readonly planner: Planner;
  readonly networking: ContainerNetworking;
  readonly mountPoints: MountPoints;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly companions: Companions;
  /** Removes what a container's monitor would have removed, had it not been killed. */
  readonly tidyUpLost: (id: string) => Promise<void>;
}

/** What goes along with each run of a container. */
export interface Companions {
  /** Health of a container that starts now; undefined without a check. */
  initialHealth(handle: ContainerHandle): HealthState | undefined;
  /** It runs: just started, or found again by a new engine. */
  started(handle: ContainerHandle): void;
  ended(handle: ContainerHandle): void;
}

/** Seconds between the stop signal and SIGKILL when neither the caller nor the image says. Docker's 10. */
const DEFAULT_STOP_SECONDS = 10;
const SIGKILL = 9;
const SIGTERM = 15;

/** Start, stop and removal of containers: the state machine of `types.ts`. */
export class Lifecycle {
  readonly #parts: LifecycleParts;
  readonly #starts = startSlots();
  readonly #removal: Removal;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    this.#removal = new Removal({
      ...parts,
      setState: (handle, state) => {
        this.setState(handle, state);
      },
      publish: (handle, action) => {
        this.#publish(handle, action);
      },
    });
  }

  /** Starts the process. Throws `not-modified` when it runs already, LaunchError when it cannot be started. */
  start(handle: ContainerHandle): Promise<void> {
    return handle.operations.run(() => {
      // A person starts it: what the restart policy counted is over.
      handle.restartBackoff = 0;
      if (handle.state.restartCount > 0) this.setState(handle, { ...handle.state, restartCount: 0 });
      return this.#start(handle);
    });
  }

  async #start(handle: ContainerHandle): Promise<void> {
    handle.assertReachable();
    if (handle.state.status === 'paused') {
      throw new EngineError('conflict', 'cannot start a paused container, try unpause instead');
    }
    if (handle.running) throw new EngineError('not-modified', 'container already started');
    if (handle.state.status === 'removing') {
      throw new EngineError('conflict', 'container is marked for removal and cannot be started');
    }
    handle.cancelRestart?.();
    handle.stopping = false;
    await handle.exitHandled;
    await handle.startsFree();
    const supervised = await this.#starts.run(() => this.#launchAndGo(handle));
    // Not written down by itself: adopting does.
    const state = { ...handle.state, manuallyStopped: false, health: this.#parts.companions.initialHealth(handle) };
    handle.record = { ...handle.record, state };
    this.adopt(handle, supervised);
    crashPoint('start-recorded');
    publishMounts(this.#parts.events, handle.record, 'mount');
    this.#publish(handle, 'start');
  }

  async #launchAndGo(handle: ContainerHandle): Promise<Supervised> {
    let supervised: Supervised | null = null;
    try {
      supervised = await this.#launch(handle);
      await handle.connectPendingAttaches(supervised);
      await supervised.start();
      crashPoint('start-gone');
      return supervised;
    } catch (cause) {
      supervised?.release();
      const others = this.#parts.registry.all().filter((one) => one !== handle);
      const error = explainStart(
        handle.record,
        others.map(({ record }) => record),
        cause,
      );
      handle.failPendingAttaches(error instanceof Error ? error : new Error(messageOf(error)));
      await this.#startFailed(handle, error);
      throw error;
    }
  }

  async #launch(handle: ContainerHandle): Promise<Supervised> {
    const { networking, planner, launcher } = this.#parts;
    const attached = await networking.attach(handle.record);
    crashPoint('start-attached');
    const plan = await planner.launchPlan(handle, attached);
    if (plan.root.volatile && handle.state.startedAt !== INITIAL_STATE.startedAt) await this.#forgetVolatileRun(handle);
    // Written down before the process can run: an engine that is killed in between must know of them.
    const { endpoints, ports } = attached;
    this.setState(handle, { ...handle.state, endpoints, ports, lastInterfaces: [] });
    networking.announce(handle.record, attached.endpoints);
    crashPoint('start-noted');
    const goAtOnce = attached.steps.ports.length === 0 && !handle.hasPendingAttaches;
    const supervised = await launcher.launch(plan, goAtOnce).catch((error: unknown) => {
      // One that it was to join may have ended meanwhile: that says more than that a process is gone.
      planner.assertJoinable(handle.record);
      throw error;
    });
    crashPoint('start-launched');
    networking.sawFirewall(supervised.firewall);
    if (!goAtOnce) {
      this.setState(handle, { ...handle.state, ports: listenedPorts(attached.ports, supervised.hostPorts) });
    }
    for (const warning of supervised.warnings) this.#parts.logger.warn(warning, { container: handle.id });
    return supervised;
  }

  /**
   * The kernel mounts no overlay again that was mounted as volatile: what was written may not be whole after a power cut.
   * One that is restarted (`--rm`) has seen none, or would have been removed.
   */
  async #forgetVolatileRun({ id }: ContainerHandle): Promise<void> {
    const { work } = containerPaths(this.#parts.dataRoot, id);
    await this.#parts.launcher.removeTree(join(work, 'work', 'incompat'));
  }

  /** Docker leaves the container as it was, with the shell's code for what went wrong, and `--rm` removes it. */
  async #startFailed(handle: ContainerHandle, error: unknown): Promise<void> {
    this.#parts.networking.detach(handle.record);
    const exitCode = failureExitCode(error);
    // Its monitor was killed before it had told of anything.
    if (error instanceof LaunchError && error.kind === 'process-gone') await this.tidyUpLost(handle);
    this.setState(handle, {
      ...handle.state,
      exitCode,
      error: messageOf(error),
      pid: 0,
      processStartTime: '',
      ...offNetworks(handle.state),
    });
    if (handle.record.hostConfig.AutoRemove === true) await this.#removal.remove(handle);
    else handle.announceExit();
  }

  /** Records a process that runs (just started, or found again) and follows it to its end. */
  adopt(handle: ContainerHandle, supervised: Supervised): void {
    handle.supervised = supervised;
    this.setState(handle, {
      ...handle.state,
      status: handle.state.status === 'paused' ? 'paused' : 'running',
      pid: supervised.process.pid,
      processStartTime: supervised.process.startTime.toString(),
      startedAt: rfc3339(supervised.startedAt),
      exitCode: 0,
      oomKilled: false,
      error: '',
    });
    this.#parts.companions.started(handle);
    handle.exitHandled = supervised.exited.then(async (exit) => {
      // As dockerd: who learns of the end has seen all that came before it. Compose stops printing then.
      await handle.outputDelivered();
      // A cpuset that `docker update` added (cgroup v1) is not in the plan its monitor goes by.
      if (exit.lost === true || hasCpuset(handle)) await this.tidyUpLost(handle);
      this.#exited(handle, exit);
    });
    handle.exitHandled
      .then(async () => {
        if (handle.record.hostConfig.AutoRemove === true && !handle.betweenRuns)
          await handle.operations.run(() => this.#removal.remove(handle));
      })
      .catch((error: unknown) => {
        this.#parts.logger.error('handling the exit of a container failed', { container: handle.id, error });
      });
  }

  #exited(handle: ContainerHandle, exit: ExitRecord): void {
    handle.supervised?.release();
    handle.supervised = null;
    crashPoint('exit-known');
    this.#parts.networking.detach(handle.record);
    this.#parts.companions.ended(handle);
    this.recordExit(handle, exit);
    crashPoint('exit-recorded');
    if (exit.oomKilled) this.#publish(handle, 'oom');
    this.#publish(handle, 'die', {
      exitCode: String(exit.exitCode),
      execDuration: String((exit.finishedAt - exit.startedAt) / 1_000_000_000n),
    });
    publishMounts(this.#parts.events, handle.record, 'unmount');
    if (!handle.stopping && restartsAfterExit(handle.record)) this.#restartLater(handle, exit);
    handle.announceExit();
  }

  /** For a container whose monitor was killed. Never rejects: what cannot be removed now is reported. */
  async tidyUpLost(handle: ContainerHandle): Promise<void> {
    await this.#parts.tidyUpLost(handle.id).catch((error: unknown) => {
      this.#parts.logger.warn('remains of a container whose monitor was killed', { container: handle.id, error });
    });
  }

  /** Writes an exit into the record. */
  recordExit(handle: ContainerHandle, exit: ExitRecord): void {
    this.setState(handle, {
      ...handle.state,
      status: 'exited',
      pid: 0,
      processStartTime: '',
      exitCode: exit.exitCode,
      oomKilled: exit.oomKilled,
      finishedAt: rfc3339(exit.finishedAt),
      manuallyStopped: handle.stopping,
      ...offNetworks(handle.state),
    });
  }

  /** Counted before the wait, as Docker does: `restarting` shows the attempt that is due. */
  #restartLater(handle: ContainerHandle, exit: Pick<ExitRecord, 'startedAt' | 'finishedAt'>): void {
    const delay = restartDelay(handle.restartBackoff, exit);
    handle.restartBackoff = delay;
    this.setState(handle, { ...handle.state, status: 'restarting', restartCount: handle.state.restartCount + 1 });
    this.#scheduleRestart(handle, delay);
  }

  #scheduleRestart(handle: ContainerHandle, delay: number): void {
    const timer = setTimeout(() => {
      handle.cancelRestart = null;
      handle.operations
        .run(() => this.#restart(handle))
        .catch((error: unknown) => {
          this.#parts.logger.error('a restart could not be written down', { container: handle.id, error });
        });
    }, delay);
    handle.cancelRestart = () => {
      clearTimeout(timer);
      handle.cancelRestart = null;
      if (handle.state.status === 'restarting') this.setState(handle, { ...handle.state, status: 'exited' });
    };
  }

  /** Tried again, more and more seldom, where what prevents it may pass: an address that is not up yet, a port in use. */
  async #restart(handle: ContainerHandle): Promise<void> {
    // A person was faster.
    if (handle.running || handle.state.status === 'removing') return;
    try {
      await this.#start(handle);
    } catch (error) {
      this.#parts.logger.warn('restart failed', { container: handle.id, error });
      if (mayStartLater(error) && restartsAfterExit(handle.record)) {
        this.#restartLater(handle, { startedAt: 0n, finishedAt: 0n });
        return;
      }
      this.setState(handle, { ...handle.state, status: 'exited' });
      handle.announceExit();
    }
  }

  /** Restarts by policy what was running when the machine or the engine went down. */
  restartByPolicy(handle: ContainerHandle): void {
    this.#scheduleRestart(handle, 0);
  }

  /**
   * Sends the stop signal, then SIGKILL after `seconds` (negative: never). Throws `not-modified` when nothing runs.
   * `signal` overrides the container's own.
   */
  stop(handle: ContainerHandle, seconds: number | null, signal: string | null = null): Promise<void> {
    return handle.operations.run(async () => {
      handle.assertReachable();
      if (this.#restartsNoMore(handle)) return;
      if (!handle.running) throw new EngineError('not-modified', 'container already stopped');
      await this.#stopProcess(handle, seconds, signal);
      this.#publish(handle, 'stop');
    });
  }

  /** Ends what the restart policy would have begun again; false for a container that is not between two runs. */
  #restartsNoMore(handle: ContainerHandle): boolean {
    if (handle.state.status !== 'restarting') return false;
    handle.stopping = true;
    handle.cancelRestart?.();
    this.setState(handle, { ...handle.state, status: 'exited', manuallyStopped: true });
    handle.announceExit();
    return true;
  }

  async #stopProcess(handle: ContainerHandle, seconds: number | null, signal: string | null): Promise<void> {
    const { supervised } = handle;
    if (supervised === null) return;
    this.#markStopped(handle);
    const chosen = signal ?? handle.record.config.StopSignal ?? '';
    const number = chosen === '' ? SIGTERM : parsedSignal(chosen);
    await this.#signal(handle, supervised, number);
    if (handle.state.status === 'paused') await supervised.resume();
    const patience = seconds ?? handle.record.config.StopTimeout ?? DEFAULT_STOP_SECONDS;
    const ended = await endsWithin(supervised, patience);
    if (!ended) await this.#signal(handle, supervised, SIGKILL);
    await supervised.exited;
    await handle.exitHandled;
  }

  /** Written down before the signal: an engine that dies in between must not have the policy start it again. */
  #markStopped(handle: ContainerHandle): void {
    handle.stopping = true;
    const policy = handle.record.hostConfig.RestartPolicy?.Name ?? '';
    if (policy !== '' && policy !== 'no') this.setState(handle, { ...handle.state, manuallyStopped: true });
  }

  async #signal(handle: ContainerHandle, supervised: Supervised, signal: number): Promise<void> {
    this.#publish(handle, 'kill', { signal: String(signal) });
    await supervised.kill(signal).catch((error: unknown) => {
      if (error instanceof LaunchError && error.kind === 'no-answer') throw error;
      // Gone between the look and the signal: what the caller wanted.
      this.#parts.logger.debug('signal not delivered', { container: handle.id, error });
    });
  }

  /** Stops if needed, then starts. */
  async restart(handle: ContainerHandle, seconds: number | null, signal: string | null): Promise<void> {
    handle.betweenRuns = true;
    try {
      await handle.operations.run(async () => {
        handle.assertReachable();
        // Rather it goes on than ends for good.
        this.#parts.planner.assertAllowed(handle.record);
        handle.cancelRestart?.();
        if (handle.running) await this.#stopProcess(handle, seconds, signal);
      });
      await this.start(handle);
    } finally {
      handle.betweenRuns = false;
    }
    this.#publish(handle, 'restart');
  }

  /** Sends a signal (a name or number; default KILL). Throws `conflict` when nothing runs. */
  async kill(handle: ContainerHandle, signalText: string): Promise<void> {
    const signal = signalText === '' ? SIGKILL : parsedSignal(signalText);
    handle.assertReachable();
    // Only then after what is going on: a stop that waits is what a kill is to cut short.
    const isBetween = handle.state.status === 'restarting';
    if (isBetween && (await handle.operations.run(() => Promise.resolve(this.#restartsNoMore(handle))))) return;
    const { supervised } = handle;
    if (supervised === null || !handle.running) {
      throw new EngineError('conflict', `container ${handle.id} is not running`);
    }
    const stopSignal = signalNumber(handle.record.config.StopSignal ?? '') ?? SIGTERM;
    // As Docker: a person's KILL or stop signal ends the restart policy's interest.
    if (signal === SIGKILL || signal === stopSignal) this.#markStopped(handle);
    await this.#signal(handle, supervised, signal);
    if (signal === SIGKILL) {
      if (handle.state.status === 'paused') await supervised.resume();
      await endsWithin(supervised, DEFAULT_STOP_SECONDS);
    }
  }

  pause(handle: ContainerHandle): Promise<void> {
    return handle.operations.run(async () => {
      const supervised = this.#runningProcess(handle);
      if (handle.state.status === 'paused')
        throw new EngineError('conflict', `container ${handle.id} is already paused`);
      await supervised.pause();
      handle.assertRuns(supervised);
      this.setState(handle, { ...handle.state, status: 'paused' });
      this.#publish(handle, 'pause');
    });
  }

  unpause(handle: ContainerHandle): Promise<void> {
    return handle.operations.run(async () => {
      if (handle.state.status !== 'paused') {
        throw new EngineError('conflict', `Container ${handle.id} is not paused`);
      }
      const supervised = this.#runningProcess(handle);
      await supervised.resume();
      handle.assertRuns(supervised);
      this.setState(handle, { ...handle.state, status: 'running' });
      this.#publish(handle, 'unpause');
    });
  }

  #runningProcess(handle: ContainerHandle): Supervised {
    handle.assertReachable();
    if (handle.supervised === null || !handle.running) {
      throw new EngineError('conflict', `container ${handle.id} is not running`);
    }
    return handle.supervised;
  }

  /**
   * Removes a container, with its anonymous volumes when `volumes` is set or it was made with `--rm`. Throws `conflict`
   * when it runs and `force` is not set.
   */
  remove(handle: ContainerHandle, force: boolean, volumes = false): Promise<void> {
    return this.#ended(handle, force, () => this.#removal.remove(handle, volumes));
  }

  /**
   * Like a removal, but its files stay: `keep` writes down that they are somebody's. Throws `conflict` when it runs and
   * `force` is not set. What was made with `--rm` is removed.
   */
  takeAway(handle: ContainerHandle, force: boolean, keep: () => void): Promise<void> {
    return this.#ended(handle, force, async () => {
      if (handle.record.hostConfig.AutoRemove === true) {
        await this.#removal.remove(handle);
        return;
      }
      keep();
      // Starts that wait for this to end must not find it startable.
      handle.record = { ...handle.record, state: { ...handle.state, status: 'removing' } };
      this.#parts.registry.remove(handle);
      this.#removal.announce(handle);
    });
  }

  /** Does something with a container that does not run, which is ended for it with `force`. */
  #ended(handle: ContainerHandle, force: boolean, work: () => Promise<void>): Promise<void> {
    return handle.operations.run(async () => {
      const { status } = handle.state;
      if ((handle.running || status === 'restarting') && !force) {
        const kind = status === 'paused' || status === 'restarting' ? status : 'running';
        throw new EngineError(
          'conflict',
          `cannot remove container "/${handle.record.name}": container is ${kind}: ${kind === 'paused' ? 'unpause and stop' : 'stop'} the container before removing or force remove`,
        );
      }
      handle.assertReachable();
      handle.cancelRestart?.();
      // Held here: the exit's handling clears the handle's own reference meanwhile.
      const { supervised } = handle;
      if (supervised !== null) {
        handle.stopping = true;
        await this.#signal(handle, supervised, SIGKILL);
        if (handle.state.status === 'paused') await supervised.resume();
        await supervised.exited;
        await handle.exitHandled;
      }
      await work();
    });
  }

  setState(handle: ContainerHandle, state: ContainerState): void {
    handle.record = { ...handle.record, state };
    this.#parts.repository.setState(handle.id, state);
  }

  #publish(handle: ContainerHandle, action: string, attributes: Record<string, string> = {}): void {
    const { record } = handle;
    this.#parts.events.publish('container', action, record.id, {
      ...record.config.Labels,
      image: record.imageName,
      name: record.name,
      ...attributes,
    });
  }
}

function hasCpuset({ record: { hostConfig } }: ContainerHandle): boolean {
  return (hostConfig.CpusetCpus ?? '') !== '' || (hostConfig.CpusetMems ?? '') !== '';
}
