import { ArnFormat, Stack } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat, type IAccessLogDestination } from 'aws-cdk-lib/aws-apigateway';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';

/** Who asked for what, and what came of it; no query strings, since they may carry secrets. */
export const HTTP_ACCESS_LOG = () => AccessLogFormat.custom(JSON.stringify({
  requestId: AccessLogField.contextRequestId(),
  ip: AccessLogField.contextIdentitySourceIp(),
  time: AccessLogField.contextRequestTime(),
  method: AccessLogField.contextHttpMethod(),
  route: '$context.routeKey',
  path: AccessLogField.contextPath(),
  status: AccessLogField.contextStatus(),
  latency: AccessLogField.contextResponseLatency(),
  integrationLatency: AccessLogField.contextIntegrationLatency(),
  error: '$context.integrationErrorMessage',
  bytes: AccessLogField.contextResponseLength(),
}));

/** The same for a REST API; the key tells callers with different plans apart. */
export const REST_ACCESS_LOG = () => AccessLogFormat.custom(JSON.stringify({
  requestId: AccessLogField.contextRequestId(),
  ip: AccessLogField.contextIdentitySourceIp(),
  time: AccessLogField.contextRequestTime(),
  method: AccessLogField.contextHttpMethod(),
  route: AccessLogField.contextResourcePath(),
  path: AccessLogField.contextPath(),
  status: AccessLogField.contextStatus(),
  latency: AccessLogField.contextResponseLatency(),
  integrationLatency: AccessLogField.contextIntegrationLatency(),
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
  keyId: '$context.identity.apiKeyId',
  bytes: AccessLogField.contextResponseLength(),
}));

/** Who connected and sent what kind of message, and what came of it; never the message. */
export const WEB_SOCKET_ACCESS_LOG = () => AccessLogFormat.custom(JSON.stringify({
  requestId: AccessLogField.contextRequestId(),
  ip: AccessLogField.contextIdentitySourceIp(),
  time: AccessLogField.contextRequestTime(),
  event: '$context.eventType',
  route: '$context.routeKey',
  connectionId: '$context.connectionId',
  status: AccessLogField.contextStatus(),
  integrationLatency: AccessLogField.contextIntegrationLatency(),
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
}));

/** Where a REST API logs. API Gateway cuts the `:*` off that the ARN of a log group ends with, which then looks like drift. */
export function logDestination(logGroup: ILogGroup): IAccessLogDestination {
  const destinationArn = Stack.of(logGroup).formatArn({
    service: 'logs', resource: 'log-group', resourceName: logGroup.logGroupName, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return { bind: () => ({ destinationArn }) };
}
