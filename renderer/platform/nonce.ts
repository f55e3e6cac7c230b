/** The nonce that lets a style element of ours through the page's content security policy. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

declare global {
  /** Read by the scroll lock inside the dialogs' library. */
  var __webpack_nonce__: string | undefined;
}

/**
 * Gives every style element that a library creates from now on the nonce. The terminal and the dialogs make such
 * elements and have no setting for it. Call once, before anything renders.
 */
export function installStyleNonce(): void {
  globalThis.__webpack_nonce__ = nonce;
  const create = document.createElement.bind(document) as (
    name: string,
    options?: ElementCreationOptions,
  ) => HTMLElement;
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
}
