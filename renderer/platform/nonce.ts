/** The nonce that lets a style element of ours through the page's content security policy. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

/** The same for libraries that take one. */
export const styleNonce = nonce;

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
  // The overload for any name is the one that covers what libraries pass.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const create: (name: string, options?: ElementCreationOptions) => HTMLElement = document.createElement.bind(document);
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  document.createElement = (name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
}
