import { describe, expect, it } from 'vitest';
import { AppArmor, type AppArmorHost } from './apparmor.ts';

const ENABLED = '/sys/module/apparmor/parameters/enabled';
const LOADED = '/sys/kernel/security/apparmor/profiles';

/** A host with AppArmor and its parser, but for what is said. */
class FakeHost implements AppArmorHost {
  readonly files = new Map([
    [ENABLED, 'Y\n'],
    [LOADED, 'other (enforce)\n'],
    ['/proc/self/attr/apparmor/current', 'unconfined\n'],
    ['/proc/7/attr/current', 'berth-launcher (unconfined)\n'],
  ]);
  hasParser = true;
  isVisible = true;
  failure: Error | null = null;
  readonly runs: string[] = [];

  read(path: string): string {
    return this.files.get(path) ?? '';
  }

  isWritable(): boolean {
    return this.isVisible;
  }

  isProgram(path: string): boolean {
    return this.hasParser && path === '/usr/sbin/apparmor_parser';
  }

  async run(program: string, args: readonly string[], input: string): Promise<void> {
    this.runs.push([program, ...args].join(' '));
    await Promise.resolve();
    if (this.failure !== null) throw this.failure;
    this.files.set(LOADED, `other (enforce)\n${/^profile (\S+)/.exec(input)?.[1]} (enforce)\n`);
    this.files.set('text', input);
  }
}

const find = (host: FakeHost, rootless = false): AppArmor => AppArmor.find(rootless, 7, host);

describe('AppArmor of a host', () => {
  it.each<[string, Partial<FakeHost>, boolean, ReturnType<typeof find>['facts'], number]>([
    ['with its parser', {}, false, { isEnabled: true, defaultProfile: 'berth-default' }, 0],
    ['of an ordinary user', {}, true, { isEnabled: true, defaultProfile: '' }, 0],
    ['without a parser', { hasParser: false }, false, { isEnabled: true, defaultProfile: '' }, 1],
    ['that is out of sight', { isVisible: false }, false, { isEnabled: false, defaultProfile: '' }, 0],
    ['that is off', { files: new Map([[ENABLED, 'N\n']]) }, false, { isEnabled: false, defaultProfile: '' }, 0],
    ['that has none', { files: new Map() }, false, { isEnabled: false, defaultProfile: '' }, 0],
  ])('%s', (_, parts, rootless, facts, warnings) => {
    const found = find(Object.assign(new FakeHost(), parts), rootless);
    expect(found.facts).toEqual(facts);
    expect(found.warnings).toHaveLength(warnings);
  });

  it('loads the default profile once for those that come together, also where one is there already', async () => {
    const host = new FakeHost();
    host.files.set(LOADED, 'berth-default (enforce)\n');
    const found = find(host);
    found.prepare();
    await Promise.all([found.ensure('berth-default'), found.ensure('berth-default')]);
    await found.ensure('berth-default');
    expect(host.runs).toEqual(['/usr/sbin/apparmor_parser --replace --skip-cache --quiet']);
    expect(host.files.get('text')).toContain('signal receive peer="berth-launcher",');
  });

  it('loads it again when somebody has unloaded it', async () => {
    const host = new FakeHost();
    const found = find(host);
    await found.ensure('berth-default');
    host.files.set(LOADED, 'berth-default-not (enforce)\nmy-berth-default (enforce)\n');
    await found.ensure('berth-default');
    expect(host.runs).toHaveLength(2);
  });

  it('loads no other, and none where it may not', async () => {
    const host = new FakeHost();
    for (const profile of ['', 'unconfined', 'mine']) await find(host).ensure(profile);
    await find(host, true).ensure('berth-default');
    expect(host.runs).toEqual([]);
  });

  it('fails the start when it cannot be loaded, and tries again at the next', async () => {
    const host = new FakeHost();
    host.failure = new Error('apparmor_parser: no');
    const found = find(host);
    await expect(found.ensure('berth-default')).rejects.toThrow(
      'AppArmor enabled on system but the berth-default profile could not be loaded: apparmor_parser: no',
    );
    host.failure = null;
    await found.ensure('berth-default');
    expect(host.runs).toHaveLength(2);
  });
});
