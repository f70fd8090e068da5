export { LOCAL_ACCOUNT, LOCAL_REGION } from './client-environment';
export { startLocalAws, type LocalAws, type LocalAwsOptions } from './local-aws';
export { LocalAwsError } from './local-aws-error';
export { Valkey, type ValkeyOptions } from './valkey';
