import { CloudWatchLogsClient, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';
import { clientSettings, type Reach } from './world';

/** Everything in an account that holds data and that a careless teardown leaves behind. */
export async function inventory(reach: Reach): Promise<string[]> {
  const settings = clientSettings(reach) ?? {};
  const found: string[] = [];
  for await (const { TableNames = [] } of paginateListTables({ client: new DynamoDBClient(settings) }, {})) {
    found.push(...TableNames.map((name) => `table ${name}`));
  }
  for await (const { QueueUrls = [] } of paginateListQueues({ client: new SQSClient(settings) }, {})) {
    found.push(...QueueUrls.map((url) => `queue ${url}`));
  }
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: new CloudWatchLogsClient(settings) }, {})) {
    found.push(...logGroups.map(({ logGroupName }) => `log group ${logGroupName}`));
  }
  const { Buckets = [] } = await new S3Client({ ...settings, forcePathStyle: true }).send(new ListBucketsCommand({}));
  found.push(...Buckets.map(({ Name }) => `bucket ${Name}`));
  return found;
}
