import { expect, it } from 'vitest';
import { completionsAt, stagesOf } from './dockerfile-words.ts';

/** Labels at the mark. */
function at(marked: string): string[] | null {
  const position = marked.indexOf('|');
  const found = completionsAt(marked.replace('|', ''), position, ['busybox', 'shop:2']);
  return found === null ? null : found.options.map(({ label }) => label);
}

it('completes instructions where one can stand', () => {
  expect(at('WO|')).toContain('WORKDIR');
  expect(at('FROM a\nco|')).toContain('copy');
  expect(at('FROM a\nONBUILD R|')).toContain('RUN');
  expect(at('FROM a\nRUN make \\\n  in|')).toBeNull();
  expect(at('NONSENSE x|')).toBeNull();
});

it('completes flags, and values of those with a few', () => {
  expect(at('COPY --|')).toContain('--from=');
  expect(at('COPY a --|')).toBeNull();
  expect(at('RUN --mount=|')).toContain('type=cache');
  expect(at('RUN --network=n|')).toContain('none');
});

it('completes stages above, and images', () => {
  const file = 'FROM busybox AS one\nFROM busybox\nFROM busybox AS three\n';
  expect(stagesOf(file)).toEqual(['one', '', 'three']);
  expect(at(`${file}COPY --from=|`)).toEqual(['one', '1', 'busybox', 'shop:2']);
  expect(at(`${file}FROM o|`)).toEqual(['one', 'three', 'busybox', 'shop:2', 'scratch']);
});

it('completes variables', () => {
  expect(at('ARG VERSION=1\nFROM a\nENV HOME=/h\nRUN x ${V|')).toEqual(['VERSION', 'HOME']);
});
