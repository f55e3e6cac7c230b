/** Editors that open folders and containers by an address: all of the family of VS Code, each with its own scheme. */
export const EDITORS = {
  vscode: 'VS Code',
  vscodium: 'VSCodium',
  cursor: 'Cursor',
  windsurf: 'Windsurf',
  'vscode-insiders': 'VS Code Insiders',
} as const;
export type Editor = keyof typeof EDITORS;

const escapedPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Address that opens a folder of this computer. */
export function folderLink(editor: Editor, path: string): string {
  return `${editor}://file${escapedPath(path)}`;
}

/**
 * Address that opens a folder inside a running container: the Dev Containers extension reads the container's name from
 * the hexadecimal digits, and finds it by the docker command's own context.
 */
export function containerLink(editor: Editor, name: string, path: string): string {
  const bytes = new TextEncoder().encode(JSON.stringify({ containerName: `/${name}` }));
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${editor}://vscode-remote/attached-container+${digits}${escapedPath(path === '' ? '/' : path)}`;
}
