import { expect, type Page } from '@playwright/test';

/** Presses keys one after the other. */
export async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Goes to the list of containers as the app opens with it: the keyboard is at the title. */
export async function home(page: Page): Promise<void> {
  // F6 leaves a terminal, which takes all other keys.
  await press(page, 'F6', 'Control+,');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeFocused();
  await press(page, 'g', 'c');
  await expect(page.getByRole('heading', { name: 'Containers', level: 1 })).toBeFocused();
}

/** From anywhere: writes what is meant into the palette, sees it come first, and takes it. */
export async function choose(page: Page, words: string, first: RegExp): Promise<void> {
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await page.keyboard.insertText(words);
  await expect(page.getByRole('option').first()).toHaveText(first);
  await page.keyboard.press('Enter');
}

/** Opens the menu of what has the keyboard, and takes the line that a letter leads to. */
export async function pick(page: Page, letter: string, line: string): Promise<void> {
  await page.keyboard.press('Shift+F10');
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press(letter);
  await expect(page.getByRole('menuitem', { name: line })).toBeFocused();
  await page.keyboard.press('Enter');
}
