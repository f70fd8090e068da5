import { AccessLogField } from 'aws-cdk-lib/aws-apigateway';

/** What the access logs of the twins tell of every request. */
export const accessLogFields = () => ({
  requestId: AccessLogField.contextRequestId(),
  ip: AccessLogField.contextIdentitySourceIp(),
  time: AccessLogField.contextRequestTime(),
  method: AccessLogField.contextHttpMethod(),
  path: AccessLogField.contextPath(),
  status: AccessLogField.contextStatus(),
  latency: AccessLogField.contextResponseLatency(),
  integrationLatency: AccessLogField.contextIntegrationLatency(),
  error: '$context.integrationErrorMessage',
  bytes: AccessLogField.contextResponseLength(),
});
