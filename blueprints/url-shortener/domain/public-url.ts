/** Under which address the shortener was called. */
export interface CalledUnder {
  /** The host name of the API. */
  readonly domainName: string;
  /** The stage of the API; `$default` has no part in the path. */
  readonly stage: string;
  /** `https` or `http`; https when the front door does not tell. */
  readonly scheme?: string;
  /** The port, when it is not the scheme's own. */
  readonly port?: string;
}

/** Under which addresses the shortener is reached. */
export interface PublicUrl {
  /** What a slug is appended to; ends with a slash. */
  readonly base: string;
  /** The host names that are the shortener itself. */
  readonly hosts: readonly string[];
}

/**
 * Where the short links of a shortener live.
 *
 * @param override the address that users see, when it is not the API's own: a custom domain, a distribution in front
 */
export function publicUrl({ domainName, stage, scheme = 'https', port }: CalledUnder, override?: string): PublicUrl {
  // Both come from headers, which may hold anything: an unknown scheme is taken for https, and URL ignores a port that is
  // none. It also leaves out the port of the scheme itself.
  const api = new URL(`${scheme === 'http' ? 'http' : 'https'}://${domainName}`);
  if (port) {
    api.port = port;
  }
  if (!override) {
    return { base: `${api.origin}/${stage === '$default' ? '' : `${stage}/`}`, hosts: [api.hostname] };
  }
  return { base: override.endsWith('/') ? override : `${override}/`, hosts: [new URL(override).hostname, api.hostname] };
}
