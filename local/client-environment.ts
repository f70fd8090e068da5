import { devNull } from 'node:os';

/** The account of everything in the local AWS; stacks with an explicit environment must name it. */
export const LOCAL_ACCOUNT = '123456789012';
/** The region of everything in the local AWS. */
export const LOCAL_REGION = 'us-east-1';

/**
 * What makes cdk and the SDKs talk to the endpoint and to nothing else, to be laid over the user's own environment:
 * it names the credentials it needs and blanks out every way to the user's own.
 */
export function clientEnvironment(endpoint: string, nodePath?: string): Record<string, string> {
  // A more specific endpoint would win over the general one.
  const specific = Object.keys(process.env).filter((name) => name.startsWith('AWS_ENDPOINT_URL_'));
  return {
    ...Object.fromEntries(specific.map((name) => [name, endpoint])),
    AWS_ENDPOINT_URL: endpoint,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SESSION_TOKEN: '',
    AWS_PROFILE: '',
    AWS_DEFAULT_PROFILE: '',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    ...(nodePath === undefined ? {} : { NODE_PATH: nodePath }),
  };
}
