/** Longest address that is handed to the desktop. */
const MAX_URL_LENGTH = 2048;

/**
 * The address in its normal form if it may be opened outside of the app, else null: http and https only, with a host,
 * without credentials (which hide what the host is), and nothing that a shell or a handler might read otherwise.
 */
export function openableUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_URL_LENGTH || /[\s\\]/.test(value)) return null;
  if (!URL.canParse(value)) return null;
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  if (url.hostname === '' || url.username !== '' || url.password !== '') return null;
  return url.href;
}
