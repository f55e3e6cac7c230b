import { describe, expect, it } from 'vitest';
import { DotenvError, parseDotenv } from './dotenv.ts';

const outer = (name: string): string | undefined => ({ OUTER: 'outside' })[name];
const parse = (text: string): Record<string, string> => Object.fromEntries(parseDotenv(text, outer));

describe('environment files', () => {
  it('reads names, values, comments and blank lines', () => {
    expect(parse('# a comment\nA=1\n\nexport B = two \nC: three\nD=\nE=a#b\nF=a # comment\r\n')).toEqual({
      A: '1',
      B: 'two',
      C: 'three',
      D: '',
      E: 'a#b',
      F: 'a',
    });
  });

  it('reads quotes as a shell does', () => {
    expect(parse(`A='$OUTER # kept'\nB="$OUTER \\"x\\" \\$y\\n"\nC="two\nlines"\nD='two\nlines' # after`)).toEqual({
      A: '$OUTER # kept',
      B: 'outside "x" $y\n',
      C: 'two\nlines',
      D: 'two\nlines',
    });
  });

  it('lets values refer to those before and outside, which win', () => {
    expect(parse('A=1\nB=${A}-${OUTER}\nOUTER=inside\nC=$OUTER\nD=${NONE:-default}')).toEqual({
      A: '1',
      B: '1-outside',
      OUTER: 'inside',
      C: 'outside',
      D: 'default',
    });
  });

  it('takes the value of a name alone from outside, or leaves it out', () => {
    expect(parse('OUTER\nNONE\n')).toEqual({ OUTER: 'outside' });
  });

  it.each([
    ['A=1\n=x', 2],
    ['A=1\nB C=x', 2],
    ['A="open\nand on', 1],
    ['\n1A=x', 2],
  ])('refuses %j with its line', (text, line) => {
    let caught: unknown;
    try {
      parse(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(DotenvError);
    expect((caught as DotenvError).line).toBe(line);
  });
});
