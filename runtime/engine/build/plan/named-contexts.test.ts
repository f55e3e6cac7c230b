import { expect, it } from 'vitest';
import { parsePlatform } from '../../images/platform.ts';
import { namedContext } from './named-contexts.ts';

const of = (name: string, contexts: Readonly<Record<string, string>>): string | undefined =>
  namedContext({ namedContexts: new Map(Object.entries(contexts)) }, name, parsePlatform('linux/arm64'));

it.each(['alpine', 'alpine:latest', 'docker.io/library/alpine', 'docker.io/alpine:latest'])('%s is alpine', (name) => {
  expect(of(name, { alpine: 'local:here' })).toBe('local:here');
  expect(of(name, { 'alpine:3': 'local:here' })).toBe(undefined);
});

it('may be said for one platform', () => {
  const contexts = { base: 'input:any', 'base::linux/arm64': 'input:arm', 'base::linux/amd64': 'input:amd' };
  expect(of('base', contexts)).toBe('input:arm');
  expect(of('base', { base: 'input:any', 'base::linux/amd64': 'input:amd' })).toBe('input:any');
});

it('is any word, and an image with or without slashes', () => {
  expect(of('Not A Name', { 'Not A Name': 'docker-image:alpine' })).toBe('docker-image://alpine');
  expect(of('a', { a: 'docker-image://alpine' })).toBe('docker-image://alpine');
});
