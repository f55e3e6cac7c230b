import { describe, expect, it } from 'vitest';
import { chooseLanguage, count, language } from './language.ts';

describe('chooseLanguage', () => {
  it.each([
    ['de', ['en-US'], 'de'],
    ['system', ['de-AT', 'en'], 'de'],
    ['system', ['fr', 'de'], 'de'],
    ['system', ['fr'], 'en'],
    [undefined, [], 'en'],
    ['xx', ['en-GB'], 'en'],
  ])('%s of %j', (choice, preferred, chosen) => {
    expect(chooseLanguage(choice, preferred)).toBe(chosen);
  });
});

it('counts', () => {
  expect(language).toBe('en');
  expect([count(1, 'image', 'images'), count(1200, 'image', 'images')]).toEqual(['1 image', '1,200 images']);
});
