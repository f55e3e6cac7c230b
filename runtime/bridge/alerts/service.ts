import { alertRuleSchema, type Alert, type AlertRule, type AlertRuleState } from '../../contract/alerts.ts';
import type { OutputOf } from '../../contract/contract.ts';
import { BridgeError } from '../../rpc/error.ts';
import type { ServerChannel } from '../../rpc/server.ts';
import type { DockerClient } from '../docker-client.ts';
import { assertPattern } from '../logs/matcher.ts';
import { configFile, StoredList } from '../stored-list.ts';
import { AlertDesk } from './alert-desk.ts';
import { AlertMemory } from './alert-memory.ts';
import { LogWatcher } from './watcher.ts';

type Item = OutputOf<'alerts.follow'>;

/** The contract's `alerts.*`. Logs are watched from the beginning, whether or not a page ever opens. */
export class AlertService {
  readonly #stored: StoredList<AlertRule>;
  readonly #desk: AlertDesk;
  readonly #memory: AlertMemory;
  /** Resolves when what was told before is known. */
  readonly #ready: Promise<void>;
  readonly #watcher: LogWatcher;
  readonly #problems = new Map<string, string>();
  readonly #pages = new Set<(item: Item) => void>();

  /** `unseen` is told of alerts while no page is there to show them. */
  constructor(docker: DockerClient, unseen: (alert: Alert) => void, file: (name: string) => string = configFile) {
    this.#stored = new StoredList(file('alerts.json'), alertRuleSchema);
    this.#memory = new AlertMemory(file('alerts-told.json'));
    this.#desk = new AlertDesk((alert) => {
      this.#memory.keep(this.#desk.told);
      if (this.#pages.size === 0) unseen(alert);
      this.#say({ kind: 'alert', alert });
    });
    this.#watcher = new LogWatcher({
      docker,
      hit: (hit) => {
        this.#desk.hit(hit);
      },
      astray: (ruleId) => {
        this.#problems.set(ruleId, 'The expression takes too long for this log.');
        this.#apply().catch(() => undefined);
      },
    });
    this.#ready = this.#memory.load().then((told) => {
      this.#desk.remember(told);
    });
    // A file that cannot be read has no rules.
    this.#apply().catch(() => undefined);
  }

  async rules(): Promise<AlertRuleState[]> {
    return (await this.#stored.all()).map((rule) => ({ ...rule, problem: this.#problems.get(rule.id) ?? '' }));
  }

  async save(rule: AlertRule): Promise<Record<string, never>> {
    assertPattern(rule.pattern, rule.regex);
    if (rule.pattern === '' && rule.level === 'any') {
      throw new BridgeError('invalid', 'An alert needs a text, an expression or a level.');
    }
    await this.#stored.change((rules) =>
      rules.some(({ id }) => id === rule.id) ? rules.map((one) => (one.id === rule.id ? rule : one)) : [...rules, rule],
    );
    this.#problems.delete(rule.id);
    await this.#apply();
    return {};
  }

  async remove(id: string): Promise<Record<string, never>> {
    await this.#stored.change((rules) => rules.filter((one) => one.id !== id));
    await this.#apply();
    return {};
  }

  async clear(): Promise<Record<string, never>> {
    await this.#ready;
    this.#desk.clear();
    this.#memory.keep([]);
    this.#say({ kind: 'known', alerts: [] });
    return {};
  }

  /** Tells a page until it goes. */
  async follow(channel: ServerChannel<Item>): Promise<void> {
    await this.#ready;
    let sending = channel.item({ kind: 'known', alerts: this.#desk.told });
    const say = (item: Item): void => {
      // One after the other, as fast as the page takes them; a page has at most as many waiting as are told a minute.
      sending = sending.then(() => channel.item(item));
    };
    this.#pages.add(say);
    await new Promise<void>((resolve) => {
      channel.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    this.#pages.delete(say);
    await sending;
  }

  dispose(): void {
    this.#watcher.close();
    this.#desk.close();
  }

  async #apply(): Promise<void> {
    await this.#ready;
    const rules = await this.#stored.all();
    this.#watcher.use(rules.filter(({ id }) => !this.#problems.has(id)));
    this.#say({ kind: 'rules' });
  }

  #say(item: Item): void {
    for (const say of this.#pages) say(item);
  }
}
