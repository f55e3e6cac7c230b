import { execFileSync } from 'node:child_process';
import { NEWER, type BuildCase } from './build-case.ts';

/** ADD of archives. What is in the archive: `in/file`, `in/link`, owned by 12:34. */
function archive(program: string, ...flags: string[]): Buffer {
  const script =
    'd=$(mktemp -d) && mkdir $d/in && printf x > $d/in/file && chmod 640 $d/in/file && ln -s file $d/in/link && tar --owner=12 --group=34 -C $d -cf - in && rm -r $d';
  const tar = execFileSync('sh', ['-c', script]);
  return program === '' ? tar : execFileSync(program, flags, { input: tar });
}

const unpacked = { '/d/in/file': 'file 640 12 34', '/d/in/link': 'symlink file' };
const adds = (name: string, content: Buffer, extra: Partial<BuildCase> = {}): BuildCase => ({
  name,
  dockerfile: 'FROM base\nADD some.file /d',
  context: { 'some.file': { content } },
  has: unpacked,
  ...extra,
});

export const ADD: readonly BuildCase[] = [
  adds('an archive', archive('')),
  adds('an archive with gzip', archive('gzip', '-c')),
  adds('an archive with bzip2', archive('bzip2', '-c')),
  adds('an archive with xz', archive('xz', '-c')),
  adds('an archive with zstd', archive('zstd', '-c'), { alone: NEWER }),
  adds('an archive is told by its content', archive('gzip', '-c'), {
    dockerfile: 'FROM base\nADD some.file real.tar /d/',
    context: { 'some.file': { content: archive('gzip', '-c') }, 'real.tar': 'no archive' },
    has: { ...unpacked, '/d/real.tar': 'no archive' },
  }),
  adds('COPY unpacks nothing', archive(''), { dockerfile: 'FROM base\nCOPY some.file /d/', has: { '/d/in': null } }),
  adds('--unpack=false', archive(''), {
    dockerfile: 'FROM base\nADD --unpack=false some.file /d/',
    has: { '/d/in': null },
    alone: NEWER,
  }),
  adds('compressed, and no archive', Buffer.from(execFileSync('gzip', ['-c'], { input: 'text' })), {
    dockerfile: 'FROM base\nADD some.file /d/',
    has: { '/d/in': null },
  }),
  adds('--chown of an archive', archive(''), {
    dockerfile: 'FROM base\nADD --chown=app some.file /d',
    has: { '/d/in/file': 'file 640 1000 1000' },
    alone: NEWER,
  }),
  {
    name: 'ADD of files and directories is as COPY',
    dockerfile: 'FROM base\nADD a.txt dir /d/\nADD a.txt /x',
    context: { 'a.txt': 'a', 'dir/b': 'b' },
    has: { '/d/a.txt': 'a', '/d/b': 'b', '/x': 'a' },
  },
  {
    name: 'ADD of an address with a checksum for a file',
    dockerfile: 'FROM base\nADD --checksum=sha256:00 a /',
    context: { a: '' },
    fails: 'checksum requires',
    alone: NEWER,
  },
  {
    name: 'COPY of an address',
    dockerfile: 'FROM base\nCOPY http://localhost:1/x /',
    fails: "source can't be a URL for COPY",
  },
];
