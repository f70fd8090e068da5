import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { secureFunction } from '../support/secure-function';

/**
 * The same as ours: a table by one text key, on demand, encrypted by DynamoDB's own key, kept when the stack goes, not
 * guarded against deletion; a function that may read and write items of this table and nothing else, and finds its name
 * in its environment.
 */
export function build(stack: Stack): void {
  const table = new TableV2(stack, 'Table', {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    billing: Billing.onDemand(),
    deletionProtection: false,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const service = secureFunction(stack);
  table.grant(service, 'dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:ConditionCheckItem', 'dynamodb:DeleteItem',
    'dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:UpdateItem');
  service.addEnvironment('STORE_TABLE_NAME', table.tableName);
}
