import { CfnIPSet, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { acknowledgeCompliance } from '../core/acknowledge';

/** What a web application firewall keeps away, from about $7 a month on. */
export interface Protection {
  /**
   * Requests from one address within five minutes, from which on it is blocked, 10 to 2,000,000,000.
   * @default 2000
   */
  readonly requestsPerFiveMinutes?: number;
  /**
   * Address ranges that are blocked altogether: `192.0.2.0/24`.
   * @default - none
   */
  readonly blockedIps?: string[];
}

/** A firewall in front of all edges: known attacks and floods (AWS WAF, AWS managed rules). */
export function firewall(scope: Construct, { requestsPerFiveMinutes = 2000, blockedIps = [] }: Protection): CfnWebACL {
  const blocks = blockedIps.length === 0 ? [] : [rule('BlockedIps', {
    action: { block: {} },
    statement: { ipSetReferenceStatement: { arn: addresses(scope, blockedIps).attrArn } },
  })];
  const rules = [
    ...blocks,
    rule('Rate', {
      action: { block: {} },
      statement: { rateBasedStatement: { limit: requestsPerFiveMinutes, aggregateKeyType: 'IP' } },
    }),
    rule('CommonAttacks', {
      overrideAction: { none: {} },
      statement: { managedRuleGroupStatement: { vendorName: 'AWS', name: 'AWSManagedRulesCommonRuleSet' } },
    }),
  ];
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const acl = new CfnWebACL(scope, 'Firewall', {
    scope: 'CLOUDFRONT',
    defaultAction: { allow: {} },
    visibilityConfig: visibility('Firewall'),
    rules: rules.map((each, priority) => ({ ...each, priority })),
  });
  acknowledgeCompliance(acl, 'WAFv2LoggingEnabled',
    'Each rule counts what it blocked and keeps samples of it for three hours; a log of every request is charged by its size and is the choice of who reads it.');
  return acl;
}

function addresses(scope: Construct, ranges: string[]): CfnIPSet {
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  return new CfnIPSet(scope, 'BlockedIps', { scope: 'CLOUDFRONT', ipAddressVersion: 'IPV4', addresses: ranges });
}

type Kind = Pick<CfnWebACL.RuleProperty, 'action' | 'overrideAction' | 'statement'>;

const rule = (name: string, kind: Kind) => ({ name, visibilityConfig: visibility(name), ...kind });

const visibility = (metricName: string) => ({ metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true });
