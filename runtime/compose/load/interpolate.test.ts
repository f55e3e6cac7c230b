import { describe, expect, it } from 'vitest';
import { interpolate, InterpolationError } from './interpolate.ts';

const variables = (name: string): string | undefined => ({ SET: 'value', EMPTY: '', OTHER: 'other' })[name];

describe('interpolation', () => {
  it.each([
    ['$SET', 'value'],
    ['${SET}', 'value'],
    ['a $SET b', 'a value b'],
    ['$$SET', '$SET'],
    ['$${SET}', '${SET}'],
    ['${UNSET:-default}', 'default'],
    ['${EMPTY:-default}', 'default'],
    ['${EMPTY-default}', ''],
    ['${UNSET-default}', 'default'],
    ['${SET:+yes}', 'yes'],
    ['${EMPTY:+yes}', ''],
    ['${EMPTY+yes}', 'yes'],
    ['${UNSET+yes}', ''],
    ['${SET:?needed}', 'value'],
    ['${EMPTY?needed}', ''],
    ['${UNSET:-${OTHER:-last}}', 'other'],
    ['${UNSET:-${GONE:-last}}', 'last'],
    ['${UNSET:-a:b}/${SET}', 'a:b/value'],
    ['$SET_x', ''],
    ['${SET:-{"a":{"b":1}}}', 'value'],
    ['${UNSET:-{"a":{"b":1}}}', '{"a":{"b":1}}'],
    ['${UNSET:-{}', '{'],
    ['${UNSET:-}}', '}'],
    ['${UNSET:-{${OTHER:-x}}}', '{other}'],
    ['${SET:-{${OTHER}}}.', 'value.'],
    ['100%', '100%'],
    // A dollar before what is no name is one.
    ['a $ b $1 $-$', 'a $ b $1 $-$'],
  ])('makes of %s: %s', (text, expected) => {
    expect(interpolate(text, variables)).toBe(expected);
  });

  it.each([
    ['${UNSET:?it is needed}', /required variable UNSET is missing a value: it is needed/],
    ['${EMPTY:?}', /required variable EMPTY is missing a value/],
    ['${SET', /not closed/],
    ['${}', /invalid interpolation format/],
    ['${1A}', /invalid interpolation format/],
    ['${SET!x}', /invalid interpolation format/],
  ])('refuses %s', (text, message) => {
    expect(() => interpolate(text, variables)).toThrow(InterpolationError);
    expect(() => interpolate(text, variables)).toThrow(message);
  });

  it('tells of names without a value, but not of those with a default', () => {
    const missing: string[] = [];
    interpolate('$UNSET ${GONE:-x} ${EMPTY}', variables, (name) => missing.push(name));
    expect(missing).toEqual(['UNSET']);
  });
});
