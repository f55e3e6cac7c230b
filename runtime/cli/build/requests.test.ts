import { describe, expect, it } from 'vitest';
import { annotationAttributes, attestations, checkTags } from './requests.ts';

describe('flags of a build as the engine wants them', () => {
  it.each([
    ['a=b', { 'annotation-manifest.a': 'b' }],
    ['a.b/c=d=e', { 'annotation-manifest.a.b/c': 'd=e' }],
    ['index:a=b', { 'annotation-index.a': 'b' }],
    ['index,manifest:a=b', { 'annotation-index.a': 'b', 'annotation-manifest.a': 'b' }],
    ['manifest[linux/amd64]:a=b', { 'annotation-manifest[linux/amd64].a': 'b' }],
  ])('annotation %s', (text, attributes) => {
    expect(annotationAttributes([text])).toEqual(attributes);
  });

  it.each(['a', 'nowhere:a=b'])('refuses the annotation %s', (text) => {
    expect(() => annotationAttributes([text])).toThrow(/annotation/);
  });

  it('puts what is attested together', () => {
    expect(attestations(['type=sbom'], 'mode=max', undefined)).toEqual(['type=sbom', 'type=provenance,mode=max']);
    expect(attestations([], 'false', 'true')).toEqual(['type=provenance,disabled=true', 'type=sbom']);
    expect(() => attestations(['mode=max'], undefined, undefined)).toThrow(/needs type/);
    expect(() => attestations([], 'much', undefined)).toThrow(/--provenance/);
  });

  it.each(['a', 'a/b:1', 'a__b-c/e.d:Tag_1', 'localhost/a', 'reg.example:5000/a/b:x', '[::1]:5000/a'])(
    'takes the name %s',
    (tag) => {
      checkTags([tag]);
    },
  );

  it.each(['', 'A', 'a/B', 'a b', '-a', 'a:', 'a:-x', `a:${'x'.repeat(129)}`, 'reg.example:5000/', 'a@sha256:1', '/a'])(
    'refuses the name %j',
    (tag) => {
      expect(() => {
        checkTags([tag]);
      }).toThrow(/invalid argument ".*" for "-t, --tag" flag: invalid reference format/);
    },
  );
});
