import { Function as EdgeFunction, FunctionCode, FunctionEventType, FunctionRuntime, type FunctionAssociation } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { globalName } from './global-name';

/** A path of the app has no dot in its last part; a file has one. */
export const REWRITE = `function handler(event) {
  var request = event.request;
  if (!/\\.[^/]*$/.test(request.uri)) {
    request.uri = '/index.html';
  }
  return request;
}`;

/**
 * Serves the app's page for every path of the app. Done on the way in, since the usual way, an error page for 404, would also
 * turn the 404 of every API behind the same Cdn into a page.
 */
export function servesApp(scope: Construct): FunctionAssociation {
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const rewrite = new EdgeFunction(scope, 'Rewrite', {
    functionName: globalName(scope, 'Rewrite'),
    comment: 'Serves the app for every path of the app',
    code: FunctionCode.fromInline(REWRITE),
    runtime: FunctionRuntime.JS_2_0,
  });
  return { function: rewrite, eventType: FunctionEventType.VIEWER_REQUEST };
}
