import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { RestCall } from './direct-rest';
import type { DirectItemOptions } from './direct-target';

const HEADERS = { 'Content-Type': 'application/x-amz-json-1.0' };
const UNQUOTED = ".replaceAll(\"\\\\'\",\"'\")";

/** A request's value as a JSON text. */
const text = (expression: string) => `"$util.escapeJavaScript(${expression.startsWith('$context') ? `"${expression}"` : expression})${UNQUOTED}"`;

const key = ({ partitionKey, partitionValue }: DirectItemOptions) =>
  `${JSON.stringify(partitionKey)}:{"S":${text(partitionValue.restExpression)}}`;

/** The attributes of the item that are text, numbers or truths, as plain JSON; a problem where there is no item. */
const ITEM = `#set($item=$input.path('$.Item'))
#if("$!item"=="")
#set($context.responseOverride.status=404)
#set($context.responseOverride.header.Content-Type="application/problem+json")
{"type":"about:blank","title":"Not Found","status":404}
#else
{#set($comma="")#foreach($name in $item.keySet())#set($value=$item.get($name))#if("$!value.S"!="")$comma"$name":"$util.escapeJavaScript($value.S)${UNQUOTED}"#set($comma=",")#elseif("$!value.N"!="")$comma"$name":$value.N#set($comma=",")#elseif("$!value.BOOL"!="")$comma"$name":$value.BOOL#set($comma=",")#end#end}
#end`;

/** Reads one item by its key. */
export function getItemCall(table: ITable, options: DirectItemOptions): RestCall {
  return {
    service: 'dynamodb',
    action: 'GetItem',
    headers: HEADERS,
    template: `{"TableName":"${table.tableName}","Key":{${key(options)}}}`,
    answer: ITEM,
    status: '200',
    grant: granted(table, 'dynamodb:GetItem', 'kms:Decrypt'),
  };
}

/** Puts one item, in the place of the one that was there. */
export function putItemCall(table: ITable, options: DirectItemOptions): RestCall {
  return {
    service: 'dynamodb',
    action: 'PutItem',
    headers: HEADERS,
    template: `{"TableName":"${table.tableName}","Item":{${key(options)},"body":{"S":${text('$input.body')}}}}`,
    answer: '{}',
    status: '200',
    grant: granted(table, 'dynamodb:PutItem', 'kms:Decrypt', 'kms:GenerateDataKey'),
  };
}

/** On the table alone: its indexes are of no use to calls by key. */
function granted(table: ITable, action: string, ...keyActions: string[]) {
  return (grantee: IGrantable): void => {
    table.encryptionKey?.grant(grantee, ...keyActions);
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [action], resources: [table.tableArn] }));
  };
}
