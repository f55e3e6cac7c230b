/** A command line whose quotes or escapes do not close. */
export class WordsError extends Error {}

/**
 * Splits a command as a POSIX shell splits words, without expanding anything: blanks part, `\` escapes, single quotes
 * take everything as it is, double quotes all but `\" \\ \$ \``. Throws WordsError.
 */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let inWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const one = text.charAt(at);
    if (/\s/.test(one)) {
      if (inWord) words.push(word);
      word = '';
      inWord = false;
      continue;
    }
    inWord = true;
    if (one === '\\') {
      at += 1;
      if (at >= text.length) throw new WordsError(`nothing follows the last "\\" of: ${text}`);
      if (text.charAt(at) !== '\n') word += text.charAt(at);
    } else if (one === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new WordsError(`a single quote is not closed in: ${text}`);
      word += text.slice(at + 1, end);
      at = end;
    } else if (one === '"') {
      const { value, end } = doubleQuoted(text, at + 1);
      word += value;
      at = end;
    } else {
      word += one;
    }
  }
  if (inWord) words.push(word);
  return words;
}

function doubleQuoted(text: string, start: number): { value: string; end: number } {
  let value = '';
  for (let at = start; at < text.length; at += 1) {
    const one = text.charAt(at);
    if (one === '"') return { value, end: at };
    if (one === '\\' && /["\\$`\n]/.test(text.charAt(at + 1))) {
      at += 1;
      if (text.charAt(at) !== '\n') value += text.charAt(at);
    } else {
      value += one;
    }
  }
  throw new WordsError(`a double quote is not closed in: ${text}`);
}
