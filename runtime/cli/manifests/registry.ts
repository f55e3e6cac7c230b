/** The name of an image in a registry. */
export interface ImageName {
  /** Host with optional port, `docker.io` for Docker Hub. */
  readonly domain: string;
  /** Path of its repository there. */
  readonly repository: string;
  /** Its tag, or its digest. */
  readonly reference: string;
  /** As people write it, `alpine:3.20`. */
  readonly familiar: string;
}

/** A manifest or an index as a registry has it. */
export interface RegistryDocument {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/**
 * Registries as `manifest` uses them, without any engine, with the logins of docker's configuration. `insecure` also
 * takes registries without TLS or with a certificate that nobody vouches for. All reject with what the registry said.
 */
export interface ManifestRegistry {
  /** Reads a name; one without a tag means `latest`. Throws for a malformed one. */
  name(text: string): ImageName;
  /** Null when there is none. */
  document(name: ImageName, insecure: boolean): Promise<RegistryDocument | null>;
  /** A small blob (a configuration) whole. */
  blob(name: ImageName, digest: string, size: number, insecure: boolean): Promise<Buffer>;
  /** Makes a blob of another repository of the same registry known in this one. */
  mount(name: ImageName, digest: string, from: string, insecure: boolean): Promise<void>;
  /** Puts a document under a tag or its digest. */
  put(name: ImageName, reference: string, document: RegistryDocument, insecure: boolean): Promise<void>;
}
