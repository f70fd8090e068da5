import type { Rule } from '../../lib/core/rules';
import type { ThreeTierWebAppProps } from '.';

/** What ThreeTierWebApp refuses by itself; its parts refuse the rest. */
export const THREE_TIER_WEB_APP_RULES: readonly Rule<ThreeTierWebAppProps>[] = [
  {
    code: 'ThreeTierWebApp.PlaintextBehindCdn',
    check: ({ plaintext, cdn }) => plaintext && cdn
      ? { given: 'plaintext together with cdn', allowed: 'one of the two: users of a CDN come by HTTPS' }
      : undefined,
  },
  {
    code: 'ThreeTierWebApp.DomainNameWithoutCertificate',
    check: ({ cdn, certificate, domainName }) => cdn && domainName && !certificate
      ? { given: 'cdn and domainName without certificate', allowed: 'both or none: without them users come by the name that CloudFront gives' }
      : undefined,
  },
];
