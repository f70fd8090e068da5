import { Token } from 'aws-cdk-lib';

/** Whether a text is a domain name; tokens are. */
export const isDomainName = (value: unknown) => Token.isUnresolved(value)
  || typeof value === 'string' && value.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(value);
