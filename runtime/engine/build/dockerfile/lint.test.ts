import { describe, expect, it } from 'vitest';
import { lint, warningsAreErrors } from './lint.ts';
import { parseDockerfile } from './parse.ts';

const rules = (text: string): string[] => lint(parseDockerfile(text)).map(({ rule, span }) => `${rule}:${span.start}`);

describe('looking a Dockerfile over', () => {
  it.each([
    ['FROM a\nCMD x', ['JSONArgsRecommended:2']],
    ['FROM a\nSHELL ["x"]\nCMD x', []],
    ['FROM a AS Big', ['StageNameCasing:1']],
    ['FROM a as b', ['FromAsCasing:1']],
    ['FROM a AS b\nFROM c AS b', ['DuplicateStageName:2']],
    ['FROM a AS scratch', ['ReservedStageName:1']],
    ['FROM a\nENV K v', ['LegacyKeyValueFormat:2']],
    ['FROM a\nARG API_KEY', ['SecretsUsedInArgOrEnv:2']],
    ['FROM a\nARG PUBLIC_KEY', []],
    ['FROM a\nMAINTAINER me', ['MaintainerDeprecated:2']],
    ['FROM a\nWORKDIR x', ['WorkdirRelativePath:2']],
    ['FROM a\nEXPOSE 80/TCP', ['ExposeProtoCasing:2']],
    ['FROM --platform=linux/amd64 a', ['FromPlatformFlagConstDisallowed:1']],
    ['FROM --platform=$TARGETPLATFORM a', ['RedundantTargetPlatform:1']],
    ['FROM a\nRUN b \\\n\n  c', ['NoEmptyContinuation:3']],
    ['FROM a\nCMD ["x"]\nCMD ["y"]', ['MultipleInstructionsDisallowed:2']],
    ['# check=skip=all\nFROM a\nCMD x', []],
    ['# check=skip=JSONArgsRecommended\nFROM a\nCMD x', []],
  ])('%j', (text, found) => {
    expect(rules(text)).toEqual(found);
  });

  it('knows when warnings are to end the build', () => {
    expect(['error=true', 'skip=all;error=true', 'error=false', ''].map(warningsAreErrors)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
