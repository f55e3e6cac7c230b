import type { ISearchDecorationOptions } from '@xterm/addon-search';
import type { ITheme } from '@xterm/xterm';
import { useSettings } from '../../data/settings.ts';

/** The terminal's colours in both themes: the same water as the rest, sixteen colours that keep 4.5:1 on it. */
const DARK: ITheme = {
  background: '#0b1216',
  foreground: '#dfe8ea',
  cursor: '#6fd3d0',
  cursorAccent: '#0b1216',
  selectionBackground: '#2b5a66aa',
  black: '#4c5a61',
  red: '#ff8a80',
  green: '#76d9a0',
  yellow: '#eac26b',
  blue: '#82b6f5',
  magenta: '#dfa0e6',
  cyan: '#72d5d3',
  white: '#d3dde0',
  brightBlack: '#84949c',
  brightRed: '#ffaba3',
  brightGreen: '#9be8bd',
  brightYellow: '#f5d795',
  brightBlue: '#a9cdfa',
  brightMagenta: '#ecc0f0',
  brightCyan: '#9ae6e4',
  brightWhite: '#f5f9fa',
};

const LIGHT: ITheme = {
  background: '#f7fafb',
  foreground: '#1a2a31',
  cursor: '#0d6478',
  cursorAccent: '#f7fafb',
  selectionBackground: '#9fd0dc99',
  black: '#1a2a31',
  red: '#b3261e',
  green: '#1b6b3a',
  yellow: '#7d5200',
  blue: '#1d56a8',
  magenta: '#8a2d93',
  cyan: '#0b6676',
  white: '#5b6b72',
  brightBlack: '#5b6b72',
  brightRed: '#c4372e',
  brightGreen: '#22774a',
  brightYellow: '#8a5d06',
  brightBlue: '#2a66bd',
  brightMagenta: '#9a3fa3',
  brightCyan: '#127284',
  brightWhite: '#33444b',
};

/** How what was found is marked; the text keeps its colour, so the mark must suit that of the theme. */
const FOUND = {
  dark: { matchBackground: '#6b5210', activeMatchBackground: '#9a4717' },
  light: { matchBackground: '#f6dc94', activeMatchBackground: '#f5b27a' },
} as const;

/** The marks of a search for the theme that is in force. */
export function foundMarks(): ISearchDecorationOptions {
  const marks = FOUND[terminalColours()];
  return { ...marks, matchOverviewRuler: '#c9962b', activeMatchColorOverviewRuler: '#e0732f' };
}

/** Which colours terminals have: those that were chosen for them, or those of the app. */
export function terminalColours(): 'light' | 'dark' {
  const { terminalColours: chosen } = useSettings.getState();
  if (chosen !== 'app') return chosen;
  return document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light';
}

/** The palette for the colours that are in force. */
export function terminalTheme(): ITheme {
  return terminalColours() === 'dark' ? DARK : LIGHT;
}
