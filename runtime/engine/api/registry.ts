import { EngineError } from '../errors.ts';
import type { ImageStore } from '../images/image-store.ts';
import { parseReference, withDefaultTag } from '../images/reference.ts';
import { parseAuthConfig, parseRegistryAuth, type Credentials } from '../registry/credentials.ts';
import { loginHost } from '../registry/inspect.ts';
import { sendJson, type ApiContext, type Router } from './router.ts';

/**
 * Registers `/auth` and `/distribution/{name}/json`, and `/berth/registry/…`: ours, for the app. Docker's own API cannot
 * list what a registry has.
 */
export function registerRegistryRoutes(router: Router, images: ImageStore): void {
  router.add('POST', '/auth', async (context) => {
    const config = parseAuthConfig((await context.json()) ?? {});
    if (config.username === '' && config.identityToken === '')
      throw new EngineError('unauthorized', 'no username was given');
    await images.remote.checkCredentials(config.serverAddress, config, context.signal);
    sendJson(context, 200, { Status: 'Login Succeeded', IdentityToken: '' });
  });
  router.add('GET', '/distribution/{name...}/json', async (context) => {
    const reference = withDefaultTag(parseReference(context.params['name'] ?? ''));
    sendJson(context, 200, await images.remote.inspect(reference, credentialsOf(context), context.signal));
  });
  router.add('GET', '/berth/registry/tags', async (context) => {
    const reference = parseReference(context.query.get('repository') ?? '');
    const next = context.query.get('next') ?? '';
    const { names, next: after } = await images.remote.tagsPage(
      reference,
      next,
      credentialsOf(context),
      context.signal,
    );
    sendJson(context, 200, { Names: names, Next: after });
  });
  router.add('GET', '/berth/registry/repositories', async (context) => {
    const domain = loginHost(context.query.get('registry') ?? '');
    const next = context.query.get('next') ?? '';
    const credentials = credentialsOf(context);
    const { names, next: after } = await images.remote.repositoriesPage(domain, next, credentials, context.signal);
    sendJson(context, 200, { Names: names, Next: after });
  });
}

function credentialsOf({ request }: ApiContext): Credentials {
  const header = request.headers['x-registry-auth'];
  return parseRegistryAuth(Array.isArray(header) ? header[0] : header);
}
