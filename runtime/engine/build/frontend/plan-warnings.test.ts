import { expect, test } from 'vitest';
import { EngineError } from '../../errors.ts';
import type { ImageRecord } from '../../images/catalog.ts';
import { frontendOptions, WITHOUT_SESSION } from '../buildkit/frontend-options.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { planWarnings, type PlanFindings } from './plan-warnings.ts';

/** A store that has one image, for another machine. */
const images = {
  resolve: (name: string): ImageRecord => {
    if (name !== 'here') throw new EngineError('not-found', `No such image: ${name}`);
    const document = { os: 'plan9', architecture: 'mips', variant: '', config: { Env: ['SET=1'] }, history: [] };
    return { document, manifestType: '' } as unknown as ImageRecord;
  },
};

async function found(text: string, target = ''): Promise<PlanFindings> {
  const options = frontendOptions(new Map([['target', target]]), '', [], WITHOUT_SESSION);
  return planWarnings(parseDockerfile(text), options, images);
}

async function told(text: string, target = ''): Promise<string[]> {
  return (await found(text, target)).warnings.map(({ rule, span }) => `${rule}:${span.start}`);
}

test('all stages are looked into, or those of the target', async () => {
  const text = 'FROM scratch AS a\nCOPY $one /\nFROM scratch AS b\nCOPY $two /';
  expect(await told(text)).toEqual(['UndefinedVar:2', 'UndefinedVar:4']);
  expect(await told(text, 'a')).toEqual(['UndefinedVar:2']);
});

test('images that are there tell their variables and their platform, others are not fetched', async () => {
  expect(await told('FROM here AS a\nENV x=$SET y=$UNSET\nFROM absent\nENV x=$SET\nFROM scratch\nENV z=$z')).toEqual([
    'InvalidBaseImagePlatform:1',
    'UndefinedVar:2',
    'UndefinedVar:6',
  ]);
});

test('the first mistake is told, and stages besides are looked into; what is absent is none', async () => {
  const text =
    'FROM absent\nFROM scratch AS a\nRUN --network=host c\nCOPY $one /\nFROM a\nRUN --mount=typ=bind b\nFROM --platform=$C scratch';
  const { mistake } = await found(text);
  expect([mistake?.span.start, mistake?.summary]).toEqual([6, expect.stringContaining('did you mean type?')]);
  expect(await told(text)).toEqual(['UndefinedVar:4']);
  expect((await found(text, 'a')).mistake).toBe(null);
  expect((await found('FROM absent\nRUN --mount=typ=bind b')).mistake).toBe(null);
});
