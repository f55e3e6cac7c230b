import type { DockerConfig } from '../common/docker-config.ts';
import type { ImageName, ManifestRegistry } from '../cli/manifests/registry.ts';
import { EngineError } from '../engine/errors.ts';
import { DOCUMENT_SIZE_MAX, parseDocument } from '../engine/images/manifest.ts';
import { familiarName, parseReference, withDefaultTag } from '../engine/images/reference.ts';
import { fetchManifest, fetchSmallBlob } from '../engine/registry/content.ts';
import { ANONYMOUS, parseAuthConfig } from '../engine/registry/credentials.ts';
import { DEFAULT_REGISTRY_OPTIONS, RegistrySession, registryHost } from '../engine/registry/session.ts';
import { mountBlob, uploadManifest } from '../engine/registry/upload.ts';
import { parseDigest } from '../engine/store/digest.ts';

/** Registries by the engine's own client, for commands that need no engine. `config` has the logins. */
export function manifestRegistry(config: DockerConfig): ManifestRegistry {
  const sessions = new Map<string, RegistrySession>();
  const open = async (name: ImageName, access: 'pull' | 'pull,push', insecure: boolean): Promise<RegistrySession> => {
    const key = `${name.domain}/${name.repository} ${access}`;
    const known = sessions.get(key);
    if (known !== undefined) return known;
    const found = await config.credentialsFor(name.domain);
    const session = new RegistrySession(
      name.domain,
      name.repository,
      access,
      found === null ? ANONYMOUS : parseAuthConfig(found),
      { ...DEFAULT_REGISTRY_OPTIONS, insecureRegistries: insecure ? [registryHost(name.domain)] : [] },
      new AbortController().signal,
    );
    sessions.set(key, session);
    return session;
  };
  return {
    name: (text) => {
      const parsed = withDefaultTag(parseReference(text));
      const { domain, path, tag, digest } = parsed;
      return { domain, repository: path, reference: digest ?? tag ?? 'latest', familiar: familiarName(parsed) };
    },
    document: async (name, insecure) => {
      try {
        const session = await open(name, 'pull', insecure);
        const { bytes, digest, contentType } = await fetchManifest(session, name.reference);
        const { mediaType } = parseDocument(bytes, 'manifest');
        return { bytes, digest, mediaType: typeof mediaType === 'string' ? mediaType : contentType };
      } catch (error) {
        if (error instanceof EngineError && error.kind === 'not-found') return null;
        throw error;
      }
    },
    blob: async (name, digest, size, insecure) => {
      if (size > DOCUMENT_SIZE_MAX) throw new Error(`the configuration ${digest} is too large`);
      return fetchSmallBlob(await open(name, 'pull', insecure), parseDigest(digest, 'configuration'), size);
    },
    mount: async (name, digest, from, insecure) => {
      const session = await open(name, 'pull,push', insecure);
      await mountBlob(session, parseDigest(digest, 'blob'), from);
    },
    put: async (name, reference, { mediaType, bytes }, insecure) =>
      uploadManifest(await open(name, 'pull,push', insecure), reference, mediaType, bytes),
  };
}
