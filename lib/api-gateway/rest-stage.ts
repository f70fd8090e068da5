import { Lazy } from 'aws-cdk-lib';
import type { CfnStage, Stage } from 'aws-cdk-lib/aws-apigateway';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { accountLogging } from './account-logging';
import { acknowledgeStage } from './rest-acknowledgements';
import type { RestApiGatewayProps } from './rest-api-props';
import { methodSetting, type RestRoute } from './rest-route';
import { completeThrottle } from './throttle';

/** What a stage is beyond what the CDK makes of it: settings of each method, a web ACL, the role it logs in. */
export function completeStage(scope: Construct, stage: Stage, props: RestApiGatewayProps, routes: readonly RestRoute[]): void {
  const resource = stage.node.defaultChild as CfnStage;
  // Routes come later, and bring settings of their own.
  resource.methodSettings = Lazy.any({ produce: () => methodSettings(props, routes) });
  acknowledgeStage(resource, props.webAclArn !== undefined);
  if (props.accountLogging) {
    stage.node.addDependency(accountLogging(scope));
  }
  if (props.webAclArn !== undefined) {
    // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
    new CfnWebACLAssociation(scope, 'WebAcl', { resourceArn: stage.stageArn, webAclArn: props.webAclArn });
  }
}

function methodSettings(
  { throttle, cache }: RestApiGatewayProps, routes: readonly RestRoute[],
): CfnStage.MethodSettingProperty[] {
  const { ratePerSecond, burst } = completeThrottle(throttle);
  return [
    {
      httpMethod: '*',
      resourcePath: '/*',
      throttlingRateLimit: ratePerSecond,
      throttlingBurstLimit: burst,
      ...cache && { cachingEnabled: false },
    },
    ...routes.flatMap((route) => methodSetting(route, throttle, cache?.timeToLive) ?? []),
  ];
}
