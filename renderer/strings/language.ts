/**
 * Every text a person reads lives in this folder, one file per feature, in every language side by side: the types make
 * a language that lacks a phrase an error. A language is chosen when the page loads (texts are plain values after that),
 * so choosing another one reloads the page.
 *
 * What the engine says (errors, events) is shown as it comes.
 */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];
/** Each as those who speak it call it. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

/** Where the settings are kept; `data/settings.ts` writes them. */
export const SETTINGS_KEY = 'berth.settings';

/** The language for a choice (`system` or a language) on a machine with these preferred languages. */
export function chooseLanguage(choice: unknown, preferred: readonly string[]): Language {
  const known = LANGUAGES.find((one) => one === choice);
  if (known !== undefined) return known;
  for (const wanted of preferred) {
    const found = LANGUAGES.find((one) => wanted.toLowerCase().split('-')[0] === one);
    if (found !== undefined) return found;
  }
  return 'en';
}

/** The language for a choice, in this browser. */
export function preferredLanguage(choice: unknown): Language {
  return chooseLanguage(choice, navigator.languages);
}

function read(): Language {
  try {
    const stored = JSON.parse(localStorage.getItem(SETTINGS_KEY) ?? '{}') as { language?: unknown };
    return preferredLanguage(stored.language);
  } catch {
    // No browser (a unit test), or one that keeps nothing.
    return 'en';
  }
}

/** The language of this page. */
export const language: Language = read();

/** Locale of numbers and dates. */
export const locale = { en: 'en-GB', de: 'de-DE' }[language];

/** The phrases of one feature, in the language of this page. English says which there are; a language must have them all. */
export function phrases<T extends object>(texts: { readonly en: T; readonly de: NoInfer<T> }): T {
  return texts[language];
}

const numbers = new Intl.NumberFormat(locale);

/** A whole number with the language's separators. */
export function number(value: number): string {
  return numbers.format(value);
}

/** `1 container`, `2 containers`: picks by number, with the number in front. */
export function count(value: number, one: string, many: string): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
