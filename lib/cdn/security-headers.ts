import { Duration } from 'aws-cdk-lib';
import { HeadersFrameOption, HeadersReferrerPolicy, ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { globalName } from './global-name';

/** What browsers are told to refuse. `X-Content-Type-Options: nosniff` is always said. */
export interface SecurityHeaders {
  /**
   * Where scripts, styles and the rest may come from: `Content-Security-Policy`.
   * @default - not said, since it depends on the pages
   */
  readonly contentSecurityPolicy?: string;
  /**
   * How long browsers insist on HTTPS: `Strict-Transport-Security`.
   * @default Duration.days(365)
   */
  readonly httpsOnlyFor?: Duration;
  /**
   * Whether other pages may show these in a frame: `X-Frame-Options`.
   * @default HeadersFrameOption.DENY
   */
  readonly frames?: HeadersFrameOption;
  /**
   * What other sites learn of where a visitor came from: `Referrer-Policy`.
   * @default HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN
   */
  readonly referrer?: HeadersReferrerPolicy;
}

/** What is said to browsers with every answer, whatever the origin says. */
export function headersPolicy(
  scope: Construct, id: string, headers: SecurityHeaders = {}, cacheControl?: CacheControl,
): ResponseHeadersPolicy {
  const override = true;
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  return new ResponseHeadersPolicy(scope, id, {
    responseHeadersPolicyName: globalName(scope, id),
    securityHeadersBehavior: {
      contentTypeOptions: { override },
      strictTransportSecurity: { accessControlMaxAge: headers.httpsOnlyFor ?? Duration.days(365), override },
      frameOptions: { frameOption: headers.frames ?? HeadersFrameOption.DENY, override },
      referrerPolicy: { referrerPolicy: headers.referrer ?? HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override },
      contentSecurityPolicy: headers.contentSecurityPolicy === undefined
        ? undefined
        : { contentSecurityPolicy: headers.contentSecurityPolicy, override },
    },
    customHeadersBehavior: cacheControl && { customHeaders: [{ header: 'Cache-Control', ...cacheControl }] },
  });
}

/** What browsers do with their own copy. */
export interface CacheControl {
  readonly value: string;
  /** Whether it holds even when the origin says something else. */
  readonly override: boolean;
}

/** The name of an immutable asset changes with its content, so a browser need never ask again. */
export const FOR_EVER: CacheControl = { value: 'public, max-age=31536000, immutable', override: true };

/** Everything beside immutable assets points at them: a browser asks each time whether it is still current. */
export const ASK_AGAIN: CacheControl = { value: 'no-cache', override: false };
