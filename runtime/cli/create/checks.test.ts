import { describe, expect, it } from 'vitest';
import { CONTAINER_FLAGS } from '../flags/container-flags.ts';
import { parseFlags } from '../flags/flags.ts';
import { createBody } from './body.ts';

const body = (...words: string[]): Record<string, unknown> => {
  const { flags } = parseFlags(CONTAINER_FLAGS, words, true);
  return createBody(flags, 'img', [], false, {}, { HTTP_PROXY: 'http://p', http_proxy: 'http://p' });
};

describe('what is refused before an engine is asked', () => {
  it.each([
    [['-v', ''], 'invalid empty volume spec'],
    [['-v', ':/volume'], 'invalid spec: :/volume: empty section between colons'],
    [['--dns', 'nope'], 'IP address is not correctly formatted: nope'],
    [['-l', '=x'], "invalid label '=x': empty name"],
    [['--label', 'a b=x'], "label 'a b' contains whitespaces"],
    [['--sysctl', 'net.core'], "sysctl 'net.core' is not allowed"],
    [['--link', 'a:b:c'], 'bad format for links: a:b:c'],
    [['--mac-address', '92:d0:c6:0a:29'], '92:d0:c6:0a:29 is not a valid mac address'],
    [['--memory-swappiness', '101'], 'Valid memory swappiness range is 0-100'],
    [['--log-driver', 'none', '--log-opt', 'a=b'], 'invalid logging opts for driver none'],
    [['--device', '/dev/zero:/dev/nulo:ro'], 'bad mode specified: ro'],
    [['--device', '/dev/a:/dev/b:rrr'], 'bad mode specified: rrr'],
    [['--device', '/dev/zero:ro'], 'ro is not an absolute path'],
    [['--device', ':/x'], 'bad format for path: :/x'],
    [['--add-host', 'a:nope'], 'invalid IP address in add-host: "nope"'],
  ])('%j', (words, message) => {
    expect(() => body(...words)).toThrow(message);
  });

  it('joins the streams that are asked for, and the input of -i', () => {
    const streams = ({ AttachStdin, AttachStdout, AttachStderr, StdinOnce }: Record<string, unknown>): unknown => [
      AttachStdin,
      AttachStdout,
      AttachStderr,
      StdinOnce,
    ];
    expect(streams(body())).toEqual([false, true, true, false]);
    expect(streams(body('-i'))).toEqual([true, true, true, true]);
    expect(streams(body('-a', 'stdin', '-i'))).toEqual([true, false, false, true]);
    expect(streams(body('-a', 'STDOUT', '-i'))).toEqual([true, true, false, true]);
  });

  it('sets a variable once, to its last value', () => {
    expect(body('-e', 'A=1', '-e', 'B=2', '-e', 'A=3')).toMatchObject({
      Env: ['A=3', 'B=2', 'HTTP_PROXY=http://p', 'http_proxy=http://p'],
    });
  });

  it('hands on the proxies of the configuration where nothing else is said', () => {
    expect(body('-e', 'HTTP_PROXY=mine')).toMatchObject({ Env: ['HTTP_PROXY=mine', 'http_proxy=http://p'] });
  });
});
