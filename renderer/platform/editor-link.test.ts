import { expect, it } from 'vitest';
import { containerLink, folderLink } from './editor-link.ts';

it('leads to a folder, or into a container', () => {
  expect(folderLink('vscode', '/home/me/a shop#1')).toBe('vscode://file/home/me/a%20shop%231');
  expect(containerLink('vscodium', 'web', '')).toBe(
    'vscodium://vscode-remote/attached-container+7b22636f6e7461696e65724e616d65223a222f776562227d/',
  );
});
