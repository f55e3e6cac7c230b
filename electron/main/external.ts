/** Longest address that is handed to the desktop. */
const MAX_URL_LENGTH = 2048;

/** A folder, or a container by its name in hexadecimal digits, in an editor; nothing else that editors can be asked for. */
const EDITOR_LINK =
  /^(?:vscode|vscode-insiders|vscodium|cursor|windsurf):\/\/(?:file|vscode-remote\/attached-container\+[0-9a-f]+)\/[\w.~!$&'()*+,;=:@%/-]*$/;

/**
 * The address in its normal form if it may be opened outside of the app, else null: http and https with a host, without
 * credentials (which hide what the host is), folders and containers in an editor, and nothing that a shell or a handler
 * might read otherwise.
 */
export function openableUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_URL_LENGTH || /[\s\\]/.test(value)) return null;
  if (!URL.canParse(value)) return null;
  if (EDITOR_LINK.test(value)) return value;
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  if (url.hostname === '' || url.username !== '' || url.password !== '') return null;
  return url.href;
}
