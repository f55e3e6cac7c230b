import { EngineError } from '../errors.ts';
import type { ImageStore } from '../images/image-store.ts';
import { parseReference, withDefaultTag } from '../images/reference.ts';
import { parseAuthConfig, parseRegistryAuth } from '../registry/credentials.ts';
import { sendJson, type Router } from './router.ts';

/** Registers `/auth` and `/distribution/{name}/json`. */
export function registerRegistryRoutes(router: Router, images: ImageStore): void {
  router.add('POST', '/auth', async (context) => {
    const config = parseAuthConfig((await context.json()) ?? {});
    if (config.username === '' && config.identityToken === '')
      throw new EngineError('unauthorized', 'no username was given');
    await images.remote.checkCredentials(config.serverAddress, config, context.signal);
    sendJson(context, 200, { Status: 'Login Succeeded', IdentityToken: '' });
  });
  router.add('GET', '/distribution/{name...}/json', async (context) => {
    const header = context.request.headers['x-registry-auth'];
    const credentials = parseRegistryAuth(Array.isArray(header) ? header[0] : header);
    const reference = withDefaultTag(parseReference(context.params['name'] ?? ''));
    sendJson(context, 200, await images.remote.inspect(reference, credentials, context.signal));
  });
}
