import { describe, expect, it } from 'vitest';
import { checkSettings } from './check-settings.ts';
import { lintDocument } from '../frontend/lint-report.ts';
import { lintedText } from '../frontend/linted-text.ts';
import { lint, ofStages, type LintOptions } from './lint.ts';
import { parseDockerfile } from './parse.ts';

const rules = (text: string, options?: LintOptions): string[] =>
  lint(parseDockerfile(text), options).map(({ rule, span }) => `${rule}:${span.start}`);
const messages = (text: string, options?: LintOptions): string[] =>
  lint(parseDockerfile(text), options).map(({ message }) => message);

describe('looking a Dockerfile over', () => {
  it.each([
    ['FROM a\nCMD x', ['JSONArgsRecommended:2']],
    ['FROM a\nSHELL ["x"]\nCMD x', []],
    ['FROM a AS b\nSHELL ["x"]\nFROM b AS c\nFROM c\nCMD x', []],
    ['FROM a AS Big', ['StageNameCasing:1']],
    ['FROM a as b', ['FromAsCasing:1']],
    ['FROM a AS b\nFROM c AS b', ['DuplicateStageName:2']],
    ['FROM a AS scratch', ['ReservedStageName:1']],
    ['FROM a\nENV K v', ['LegacyKeyValueFormat:2']],
    ['FROM a\nARG API_KEY', ['SecretsUsedInArgOrEnv:2']],
    ['FROM a\nARG PUBLIC_KEY', []],
    ['FROM a\nENV POSTGRES_PASSWORD_FILE=/run/secrets/db KEY_VERSION=2', []],
    ['FROM a\nMAINTAINER me', ['MaintainerDeprecated:2']],
    ['FROM a\nWORKDIR x', ['WorkdirRelativePath:2']],
    ['FROM a AS b\nWORKDIR /x\nFROM b\nWORKDIR y', []],
    ['FROM a\nEXPOSE 80/TCP', ['ExposeProtoCasing:2']],
    ['FROM --platform=linux/amd64 a', ['FromPlatformFlagConstDisallowed:1']],
    ['FROM --platform=linux/amd64 a AS build-amd64', []],
    ['FROM --platform=$TARGETPLATFORM a', ['RedundantTargetPlatform:1']],
    ['FROM a:1$VARIANT', ['UndefinedArgInFrom:1']],
    ['FROM --platform=$BULIDPLATFORM a', ['UndefinedArgInFrom:1']],
    ['FROM --platform=$BUILDPLATFORM a:1$TARGETVARIANT', []],
    ['ARG TAG\nFROM a:$TAG', ['InvalidDefaultArgInFrom:2']],
    ['ARG TAG\nFROM a:${TAG:-1}', []],
    ['ARG VARIANT\nFROM a:1$VARIANT', []],
    ['ARG NAME=Base\nFROM a AS base\nFROM $NAME', []],
    [
      '# check=experimental=all\n# odd\nFROM a AS base\n# more\nARG V=1',
      ['InvalidDefinitionDescription:3', 'InvalidDefinitionDescription:5'],
    ],
    ['# check=experimental=all\n# base is the base\nFROM a AS base\n# V counts\nARG V=1', []],
    ['# odd\nFROM a AS base', []],
    ['FROM a\nRUN b \\\n\n  c', ['NoEmptyContinuation:4']],
    ['FROM a\nCMD ["x"]\nCMD ["y"]', ['MultipleInstructionsDisallowed:2']],
    ['# check=skip=all\nFROM a\nCMD x', []],
    ['# check=skip=JSONArgsRecommended\nFROM a\nCMD x', []],
    ['FROM a\n# check=skip=SecretsUsedInArgOrEnv\nARG API_KEY\nARG MY_TOKEN', ['SecretsUsedInArgOrEnv:4']],
  ])('%j', (text, found) => {
    expect(rules(text)).toEqual(found);
  });

  it('says what was meant', () => {
    expect(messages('ARG TAG=1\nFROM a:1$TGA')).toEqual(["FROM argument 'TGA' is not declared (did you mean TAG?)"]);
    expect(messages('ARG TAG\nFROM a:$TAG')).toEqual([
      'Default value for ARG a:$TAG results in empty or invalid base image name',
    ]);
  });

  it('finds what is copied and never sent', () => {
    // Off by itself, as with BuildKit: files that are there nevertheless are not looked for.
    const check = 'skip=all;experimental=CopyIgnoredFile';
    expect(messages('FROM a\nCOPY tmp/x /', { ignored: ['tmp'] })).toEqual([]);
    const copy = (source: string, ignored: readonly string[]): string[] =>
      messages(`FROM a\nCOPY ${source} /\nCOPY --from=b ${source} /`, { ignored, check });
    const told = ['Attempting to Copy file "tmp/x" that is excluded by .dockerignore'];
    expect(copy('tmp/x', ['tmp'])).toEqual(told);
    expect(copy('./tmp/x', ['*/x'])).toEqual(told);
    expect(copy('tmp/x', ['tmp', '!tmp/x'])).toEqual([]);
    expect(copy('tmp/x', ['tmp/y'])).toEqual([]);
    expect(copy('$X', ['tmp'])).toEqual([]);
    expect(copy('.', ['tmp'])).toEqual([]);
    expect(copy('.', ['*'])).toEqual(['Attempting to Copy file "." that is excluded by .dockerignore']);
    expect(messages('FROM a\nADD tmp/x http://b/tmp /c/', { ignored: ['tmp'], check })).toEqual([
      'Attempting to Add file "tmp/x" that is excluded by .dockerignore',
    ]);
  });

  it('heeds settings that come with the build instead of those in the file', () => {
    const text = '# check=skip=JSONArgsRecommended\nFROM a\nCMD x\nMAINTAINER me';
    expect(rules(text, { check: 'skip=MaintainerDeprecated' })).toEqual(['JSONArgsRecommended:3']);
  });

  it('knows when warnings are to end the build', () => {
    const wanted = ['error=true', 'skip=all;error=true', 'error=false', ''];
    expect(wanted.map((check) => checkSettings(check).areErrors)).toEqual([true, true, false, false]);
    for (const wrong of ['skip', 'skp=all', 'error=maybe'])
      expect(() => checkSettings(wrong)).toThrow('failed to parse check options');
  });

  it('says of each rule what it is about, and where more stands', async () => {
    const text =
      'FROM a as B\nMAINTAINER me\nWORKDIR x\nENV a b\nENV my_token=1\nEXPOSE 1/TCP 2:3\nCMD x\nCMD $y\n\nFROM a AS b';
    const { warnings } = lintDocument(await lintedText(text, 'Dockerfile', {})) as {
      warnings: { ruleName: string; description: string; url: string }[];
    };
    expect(warnings.length).toBeGreaterThan(9);
    expect(warnings.filter(({ description }) => description === '').map(({ ruleName }) => ruleName)).toEqual([]);
    expect(warnings.find(({ ruleName }) => ruleName === 'FromAsCasing')?.url).toBe(
      'https://docs.docker.com/go/dockerfile/rule/from-as-casing/',
    );
  });

  it('tells only of stages that are built what an instruction in them does', () => {
    const file = parseDockerfile('FROM a AS B\nENV a b\nMAINTAINER me\nFROM a\nENV c d');
    expect(ofStages(lint(file), file, new Set([1])).map(({ rule, span }) => `${rule}:${span.start}`)).toEqual([
      'StageNameCasing:1',
      'MaintainerDeprecated:3',
      'LegacyKeyValueFormat:5',
    ]);
  });

  it('finds what stands above a mistake, and names the mistake', async () => {
    const { warnings, failure } = await lintedText('FROM scratch AS Bad\nMAINTAINER me\nBAD x\n', 'Dockerfile', {});
    expect(warnings.map(({ rule }) => rule)).toEqual(['StageNameCasing', 'MaintainerDeprecated']);
    expect(failure).toMatchObject({
      message: expect.stringContaining('unknown instruction: BAD') as string,
      span: { start: 3, end: 3 },
    });
    expect(await lintedText('BAD x', 'Dockerfile', {})).toMatchObject({
      warnings: [],
      failure: { span: { start: 1 } },
    });
  });

  it('says which rules end a build', async () => {
    const text = '# check=error=true\nFROM scratch as a\n';
    expect((await lintedText(text, 'Dockerfile', {})).failure).toEqual({
      message: 'lint violation found for rules: FromAsCasing',
      span: { start: 2, end: 2 },
    });
    expect((await lintedText(text, 'Dockerfile', { check: 'skip=all' })).failure).toBeNull();
  });
});
