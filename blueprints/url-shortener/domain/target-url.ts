/** The longest target, in characters, as it is given and as it is sent in a `Location` header. */
export const MAX_URL_LENGTH = 2048;

/** A target that may be linked to, or why it may not. */
export type TargetUrl = { readonly href: string } | { readonly refusal: string };

/**
 * Judges where a link may lead, and normalises it as browsers do (WHATWG URL): host in lower case and punycode, other
 * characters percent-encoded.
 *
 * @param ownHosts the names of the shortener itself: a link to it would be a loop
 */
export function targetUrl(given: string, ownHosts: readonly string[] = []): TargetUrl {
  if (given.length > MAX_URL_LENGTH) {
    return { refusal: `must have at most ${MAX_URL_LENGTH} characters` };
  }
  // The parser strips or encodes these silently: the link would lead elsewhere than the text says.
  if (/[\s\p{Cc}\p{Cs}]/u.test(given)) {
    return { refusal: 'must not contain white space or control characters' };
  }
  if (!/^https?:/i.test(given)) {
    return { refusal: 'must be an absolute http or https URL' };
  }
  // The parser takes `https:path` and `https:///path` for URLs with the host `path`.
  if (!/^https?:\/\/[^/\\?#]/i.test(given) || !URL.canParse(given)) {
    return { refusal: 'must be a valid URL with a host' };
  }
  const url = new URL(given);
  if (url.username !== '' || url.password !== '') {
    return { refusal: 'must not contain credentials' };
  }
  if (ownHosts.some((host) => bareHost(host) === bareHost(url.hostname))) {
    return { refusal: 'must not lead to this shortener' };
  }
  // Percent-encoding makes it up to nine times longer, more than a response header may hold.
  if (url.href.length > MAX_URL_LENGTH) {
    return { refusal: `must have at most ${MAX_URL_LENGTH} characters once percent-encoded` };
  }
  return { href: url.href };
}

/** `Example.com.` names the same host as `example.com`. */
function bareHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
