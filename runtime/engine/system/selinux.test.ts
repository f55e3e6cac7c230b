import { describe, expect, it } from 'vitest';
import { Selinux, type SelinuxHost } from './selinux.ts';

const CONTEXTS = '/etc/selinux/mine/contexts/lxc_contexts';
const KNOWN = ['system_u:system_r:container_t:s0', 'system_u:object_r:container_file_t:s0'];

/** A host that enforces a policy with types for containers, but for what is said. */
class FakeHost implements SelinuxHost {
  readonly files = new Map([
    ['/etc/selinux/config', '# SELINUXTYPE=no\nSELINUX=enforcing\nSELINUXTYPE=mine\n'],
    [CONTEXTS, `process = "${KNOWN[0]}"\ncontent = "system_u:object_r:virt_var_lib_t:s0"\nfile = "${KNOWN[1]}"\n`],
    ['/proc/self/attr/current', 'u:r:node_t:s0\0'],
    ['/proc/7/attr/current', 'u:r:launcher_t:s0-s0:c0.c1023\0'],
    ['/sys/fs/selinux/enforce', '1'],
    ['/sys/fs/selinux/class/process/index', '2'],
    ['/sys/fs/selinux/class/process/perms/transition', '2'],
  ]);
  magic = 0xf97cff8c;
  known = KNOWN;
  access = 'ff000002 ffffffff 0 ffffffff 1 0';
  readonly questions: string[] = [];

  constructor(changes: Partial<Pick<FakeHost, 'magic' | 'known' | 'access'>> & { files?: [string, string][] } = {}) {
    const { files = [], ...others } = changes;
    Object.assign(this, others);
    for (const [path, text] of files) this.files.set(path, text);
  }

  read(path: string): string {
    return this.files.get(path) ?? '';
  }

  filesystem(path: string): number {
    return path === '/sys/fs/selinux' ? this.magic : 1;
  }

  ask(path: string, question: string): string | null {
    this.questions.push(`${path} ${question}`);
    if (path === '/sys/fs/selinux/context') return this.known.includes(question) ? question : null;
    return path === '/sys/fs/selinux/access' ? this.access : null;
  }
}

const LABELS = {
  process: { user: 'system_u', role: 'system_r', type: 'container_t', level: 's0' },
  file: { user: 'system_u', role: 'object_r', type: 'container_file_t', level: 's0' },
};

describe('SELinux of a host', () => {
  const ON = { isEnabled: true, contexts: LABELS };
  const FREE = { isEnabled: true, contexts: null };
  const NONE = { isEnabled: false, contexts: null };
  const MAY_NOT = 'its policy does not let the engine (launcher_t) start processes as container_t';

  it.each<[string, ConstructorParameters<typeof FakeHost>[0], boolean | null, typeof ON | typeof FREE, string | null]>([
    ['with types for containers', {}, null, ON, null],
    ['that was asked for', {}, true, ON, null],
    ['that was not wanted', {}, false, FREE, null],
    ['that is not there', { magic: 0 }, null, NONE, null],
    ['that is not there and was asked for', { magic: 0 }, true, NONE, 'this host does not run it'],
    ['without a policy', { files: [['/proc/self/attr/current', 'kernel\0']] }, null, NONE, null],
    ['without such types', { files: [[CONTEXTS, '# nothing\n']] }, null, FREE, 'its policy has no types for them'],
    [
      'with only some',
      { files: [[CONTEXTS, `process = ${KNOWN[0]}\n`]] },
      null,
      FREE,
      'its policy has no types for them',
    ],
    ['whose kernel knows none', { known: [] }, true, FREE, 'its policy has no types for them'],
    ['without a name', { files: [['/etc/selinux/config', '']] }, null, FREE, 'its policy has no types for them'],
    [
      'with a strange name',
      { files: [['/etc/selinux/config', 'SELINUXTYPE=../x']] },
      null,
      FREE,
      'its policy has no types for them',
    ],
    ['that holds the engine', { access: 'ff000001 ffffffff 0 ffffffff 1 0' }, null, FREE, MAY_NOT],
    ['that holds it, and was asked for', { access: '1 ffffffff 0 ffffffff 1 0' }, true, ON, null],
    ['of which it is free', { access: '0 ffffffff 0 ffffffff 1 1' }, null, ON, null],
    ['that enforces nothing', { access: '0', files: [['/sys/fs/selinux/enforce', '0']] }, null, ON, null],
  ])('%s', (_, changes, asked, facts, why) => {
    const selinux = Selinux.find(7, asked, new FakeHost(changes));
    expect(selinux.facts).toEqual(facts);
    expect(selinux.warnings).toEqual(why === null ? [] : [`WARNING: SELinux does not confine containers: ${why}`]);
  });

  it('asks whether the launcher may enter it', () => {
    const host = new FakeHost();
    Selinux.find(7, null, host);
    expect(host.questions.at(-1)).toBe(
      `/sys/fs/selinux/access u:r:launcher_t:s0-s0:c0.c1023 system_u:system_r:container_t:s0 2`,
    );
  });
});
