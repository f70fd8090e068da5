import type { ClientSettings } from '../blueprints/scenario';
import { clientSettings, type Reach } from './world';

/** One kind of resource. */
export interface Kind {
  readonly name: string;
  /** The names of all that there are in an account. */
  readonly list: (settings: ClientSettings | Record<string, never>) => Promise<string[]>;
}

/* eslint-disable @typescript-eslint/no-require-imports -- a client is loaded when something of its service is looked for */
/** By the type of a resource: what the clients of scenarios can list. */
const KINDS: { readonly [type: string]: Kind } = {
  'AWS::Cognito::UserPool': {
    name: 'user pool',
    list: (settings) => {
      const { CognitoIdentityProviderClient, paginateListUserPools } = require('@aws-sdk/client-cognito-identity-provider') as
        typeof import('@aws-sdk/client-cognito-identity-provider');
      const pages = paginateListUserPools({ client: new CognitoIdentityProviderClient(settings) }, { MaxResults: 60 });
      return named(pages, ({ UserPools = [] }) => UserPools.map(({ Id }) => Id));
    },
  },
  'AWS::DynamoDB::GlobalTable': {
    name: 'table',
    list: (settings) => {
      const { DynamoDBClient, paginateListTables } = require('@aws-sdk/client-dynamodb') as typeof import('@aws-sdk/client-dynamodb');
      return named(paginateListTables({ client: new DynamoDBClient(settings) }, {}), ({ TableNames = [] }) => TableNames);
    },
  },
  'AWS::Kinesis::Stream': {
    name: 'stream',
    list: (settings) => {
      const { KinesisClient, paginateListStreams } = require('@aws-sdk/client-kinesis') as typeof import('@aws-sdk/client-kinesis');
      return named(paginateListStreams({ client: new KinesisClient(settings) }, {}), ({ StreamNames = [] }) => StreamNames);
    },
  },
  'AWS::Lambda::Function': {
    name: 'function',
    list: (settings) => {
      const { LambdaClient, paginateListFunctions } = require('@aws-sdk/client-lambda') as typeof import('@aws-sdk/client-lambda');
      const pages = paginateListFunctions({ client: new LambdaClient(settings) }, {});
      return named(pages, ({ Functions = [] }) => Functions.map(({ FunctionName }) => FunctionName));
    },
  },
  'AWS::Logs::LogGroup': {
    name: 'log group',
    list: (settings) => {
      const { CloudWatchLogsClient, paginateDescribeLogGroups } = require('@aws-sdk/client-cloudwatch-logs') as
        typeof import('@aws-sdk/client-cloudwatch-logs');
      const pages = paginateDescribeLogGroups({ client: new CloudWatchLogsClient(settings) }, {});
      return named(pages, ({ logGroups = [] }) => logGroups.map(({ logGroupName }) => logGroupName));
    },
  },
  'AWS::S3::Bucket': {
    name: 'bucket',
    list: (settings) => {
      const { paginateListBuckets, S3Client } = require('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');
      const pages = paginateListBuckets({ client: new S3Client({ ...settings, forcePathStyle: true }) }, {});
      return named(pages, ({ Buckets = [] }) => Buckets.map(({ Name }) => Name));
    },
  },
  'AWS::SecretsManager::Secret': {
    name: 'secret',
    list: (settings) => {
      const { paginateListSecrets, SecretsManagerClient } = require('@aws-sdk/client-secrets-manager') as
        typeof import('@aws-sdk/client-secrets-manager');
      const pages = paginateListSecrets({ client: new SecretsManagerClient(settings) }, {});
      return named(pages, ({ SecretList = [] }) => SecretList.map(({ Name }) => Name));
    },
  },
  'AWS::SNS::Topic': {
    name: 'topic',
    list: (settings) => {
      const { paginateListTopics, SNSClient } = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
      const pages = paginateListTopics({ client: new SNSClient(settings) }, {});
      return named(pages, ({ Topics = [] }) => Topics.map(({ TopicArn }) => TopicArn));
    },
  },
  'AWS::SQS::Queue': {
    name: 'queue',
    list: (settings) => {
      const { paginateListQueues, SQSClient } = require('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs');
      return named(paginateListQueues({ client: new SQSClient(settings) }, {}), ({ QueueUrls = [] }) => QueueUrls);
    },
  },
  'AWS::StepFunctions::StateMachine': {
    name: 'state machine',
    list: (settings) => {
      const { paginateListStateMachines, SFNClient } = require('@aws-sdk/client-sfn') as typeof import('@aws-sdk/client-sfn');
      const pages = paginateListStateMachines({ client: new SFNClient(settings) }, {});
      return named(pages, ({ stateMachines = [] }) => stateMachines.map(({ name }) => name));
    },
  },
};
/* eslint-enable @typescript-eslint/no-require-imports */

/** What a careless teardown leaves behind though no template names it: a log group that a function made for itself. */
const ALWAYS = ['AWS::Logs::LogGroup', 'AWS::S3::Bucket'];

/**
 * The kinds of resources that can be looked for where resources of these types come and go: `bucket`, `function`.
 *
 * @param types the types of the resources in a template
 */
export function kindsAmong(types: ReadonlySet<string>): readonly Kind[] {
  return Object.entries(KINDS).filter(([type]) => ALWAYS.includes(type) || types.has(type)).map(([, kind]) => kind);
}

/** Everything of these kinds that is in an account, to be compared before and after. */
export async function inventory(reach: Reach, kinds: readonly Kind[]): Promise<string[]> {
  const found = await Promise.all(kinds.map(async ({ name, list }) =>
    (await list(clientSettings(reach) ?? {})).map((resource) => `${name} ${resource}`)));
  return found.flat();
}

async function named<Page>(pages: AsyncIterable<Page>, names: (page: Page) => (string | undefined)[]): Promise<string[]> {
  const found: string[] = [];
  for await (const page of pages) {
    found.push(...names(page).flatMap((name) => name ?? []));
  }
  return found;
}
