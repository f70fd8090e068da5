import { GatewayResponse, type IRestApi, ResponseType } from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';

const HEADERS = { 'Content-Type': "'application/problem+json'" };

// The variable brings its own quotes. What was wrong with a body would come unescaped and could break the document.
const TEMPLATES = { 'application/json': '{"type":"about:blank","title":"$context.error.responseType","detail":$context.error.messageString}' };

/** What API Gateway refuses by itself (validation, keys, quotas, throttling, authorizers) is answered as a problem (RFC 9457). */
export function answerWithProblems(scope: Construct, restApi: IRestApi): void {
  const answer = { restApi, responseHeaders: HEADERS, templates: TEMPLATES };
  /* eslint-disable awscdk/require-passing-this -- constructs pass themselves */
  new GatewayResponse(scope, 'ClientProblem', { ...answer, type: ResponseType.DEFAULT_4XX });
  new GatewayResponse(scope, 'ServerProblem', { ...answer, type: ResponseType.DEFAULT_5XX });
  /* eslint-enable awscdk/require-passing-this */
}
