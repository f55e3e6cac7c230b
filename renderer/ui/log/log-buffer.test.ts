import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnsi, stripAnsi } from './ansi.ts';
import { LogBuffer, unixTime } from './log-buffer.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const stamp = (second: number) => `2026-11-21T00:00:${String(second).padStart(2, '0')}.000000000Z`;
const texts = (buffer: LogBuffer) =>
  Array.from({ length: buffer.length }, (_, index) => buffer.line(buffer.first + index)?.text);

describe('LogBuffer', () => {
  it('gives the same lines however the bytes are cut', () => {
    const bytes = encode(`\x01${stamp(1)} héllo\n\x02${stamp(2)} wörld 🚢\n`);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const buffer = new LogBuffer();
        const places = [...cuts].sort((a, b) => a - b);
        [0, ...places].forEach((from, index) => {
          buffer.push(bytes.slice(from, places[index] ?? bytes.length));
        });
        expect(texts(buffer)).toEqual(['héllo', 'wörld 🚢']);
        expect(buffer.line(1)).toMatchObject({ stderr: true, time: stamp(2) });
      }),
    );
  });

  it('goes on after a break without a line lost or twice', () => {
    const buffer = new LogBuffer();
    buffer.push(encode(`\x01${stamp(1)} a\n\x01${stamp(2)} b\n\x01${stamp(2)} c\n\x01${stamp(3)} cut`));
    expect(buffer.resume()).toBe(`${String(Date.parse(stamp(2)) / 1000)}.000000000`);
    buffer.push(encode(`\x01${stamp(2)} b\n\x01${stamp(2)} c\n\x01${stamp(2)} d\n\x01${stamp(3)} cut no more\n`));
    expect(texts(buffer)).toEqual(['a', 'b', 'c', 'd', 'cut no more']);
  });

  it('starts at the beginning when nothing came before the break', () => {
    expect(new LogBuffer().resume()).toBeUndefined();
  });

  it('drops the oldest lines and keeps their numbers', () => {
    const buffer = new LogBuffer(10);
    for (let batch = 0; batch < 3; batch += 1) {
      buffer.push(
        encode(Array.from({ length: 5000 }, (_, i) => `\x01${stamp(1)} ${String(batch * 5000 + i)}\n`).join('')),
      );
    }
    expect(buffer.first).toBeGreaterThan(0);
    expect(buffer.line(buffer.first)?.text).toBe(String(buffer.first));
    expect(buffer.end).toBe(15_000);
    expect(buffer.line(0)).toBeNull();
  });

  it('finds every wrapped row again', () => {
    const lengths = fc.array(fc.nat(90), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 5, max: 40 }), (sizes, columns) => {
        const buffer = new LogBuffer();
        buffer.push(encode(sizes.map((size) => `\x01${stamp(1)} ${'x'.repeat(size)}\n`).join('')));
        buffer.setColumns(columns);
        const wanted = sizes.flatMap((size, line) =>
          Array.from({ length: Math.max(1, Math.ceil(size / columns)) }, (_, piece) => ({ line, piece })),
        );
        expect(buffer.rowCount).toBe(wanted.length);
        expect(wanted.map((_, row) => buffer.locate(row))).toEqual(wanted);
        sizes.forEach((_, line) => {
          expect(buffer.rowOf(line)).toBe(wanted.findIndex((one) => one.line === line));
        });
      }),
    );
  });

  it('shows what a progress bar drew last', () => {
    const buffer = new LogBuffer();
    buffer.push(encode(`\x01${stamp(1)} 10%\r50%\r100%\r\n`));
    expect(texts(buffer)).toEqual(['100%']);
  });

  it('searches what is shown, not the colours', () => {
    const buffer = new LogBuffer();
    buffer.push(encode(`\x01${stamp(1)} re\x1b[31md\x1b[0m line\n`));
    expect(buffer.matches(0, /RED line/i)).toBe(true);
    expect(buffer.matches(0, /31/)).toBe(false);
  });
});

describe('unixTime', () => {
  it.each([
    ['1970-01-01T00:00:01.5Z', '1.500000000'],
    ['1970-01-01T01:00:01.123456789+01:00', '1.123456789'],
    ['1970-01-01T00:00:01Z', '1.000000000'],
    ['nonsense', undefined],
  ])('%s', (time, expected) => {
    expect(unixTime(time)).toBe(expected);
  });
});

describe('ansi', () => {
  it('never loses or invents text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('\x1b[1;31m', '\x1b[0m', '\x1b[38;5;200m', '\x1b[2K'))),
        (parts) => {
          const line = parts.join('');
          expect(
            parseAnsi(line)
              .map((span) => span.text)
              .join(''),
          ).toBe(stripAnsi(line));
        },
      ),
    );
  });

  it('reads the sixteen colours, the 256 and true colour', () => {
    expect(parseAnsi('\x1b[1;91ma\x1b[0;38;5;196mb\x1b[38;2;1;2;3mc\x1b[39md')).toEqual([
      { text: 'a', classes: 'ansi-bold ansi-f9', color: '', background: '' },
      { text: 'b', classes: '', color: 'rgb(255 0 0)', background: '' },
      { text: 'c', classes: '', color: 'rgb(1 2 3)', background: '' },
      { text: 'd', classes: '', color: '', background: '' },
    ]);
  });
});
