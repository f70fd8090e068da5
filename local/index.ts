export { LOCAL_ACCOUNT, LOCAL_REGION } from './client-environment';
export { Containers, type ContainersOptions } from './containers';
export { type DataPlaneOptions, DataPlanes } from './data-planes';
export { Leash, type LeashOptions } from './leash';
export { startLocalAws, type LocalAws, type LocalAwsOptions } from './local-aws';
export { LocalAwsError } from './local-aws-error';
export { Postgres, type PostgresOptions, PostgresStandby } from './postgres';
export { Valkey, type ValkeyOptions } from './valkey';
