export { type CdnPath, type CdnPathCache, type CdnTtl } from './caching';
export { Cdn } from './cdn';
export { CdnCertificate, type CdnCertificateProps } from './cdn-certificate';
export { CdnOrigin } from './cdn-origin';
export { type CdnCountries, type CdnProps, type CdnSignedUrls, type DistributionOptions } from './cdn-props';
export { type Protection } from './protection';
export { type SecurityHeaders } from './security-headers';
