/** Under which address the shortener was called. */
export interface CalledUnder {
  /** The host name of the API. */
  readonly domainName: string;
  /** The stage of the API; `$default` has no part in the path. */
  readonly stage: string;
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
export function publicUrl({ domainName, stage }: CalledUnder, override?: string): PublicUrl {
  const apiHost = new URL(`https://${domainName}`).hostname;
  if (!override) {
    return { base: `https://${domainName}/${stage === '$default' ? '' : `${stage}/`}`, hosts: [apiHost] };
  }
  return { base: override.endsWith('/') ? override : `${override}/`, hosts: [new URL(override).hostname, apiHost] };
}
