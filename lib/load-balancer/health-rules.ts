import type { HealthCheck } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { wholeNumber, wholeSeconds } from '../core/checks';
import type { Refusal } from '../core/rules';
import { HEALTH } from './target-group';

/** The fields of a health check. */
export const HEALTH_SHAPE = {
  enabled: 'flag',
  interval: 'duration',
  path: 'text',
  port: 'text',
  protocol: 'text',
  timeout: 'duration',
  healthyThresholdCount: 'number',
  unhealthyThresholdCount: 'number',
  healthyGrpcCodes: 'text',
  healthyHttpCodes: 'text',
} as const;

/** A health check as Elastic Load Balancing takes it, completed with the defaults. */
export function checkHealth(health?: HealthCheck): Refusal | undefined {
  if (health === undefined) {
    return undefined;
  }
  const { interval, timeout } = { ...HEALTH, ...health };
  const late = interval?.isUnresolved() || timeout?.isUnresolved();
  return wholeSeconds('health.interval', health.interval, 5, 300)
    ?? wholeSeconds('health.timeout', health.timeout, 2, 120)
    ?? wholeNumber('health.healthyThresholdCount', health.healthyThresholdCount, 2, 10)
    ?? wholeNumber('health.unhealthyThresholdCount', health.unhealthyThresholdCount, 2, 10)
    ?? (!late && timeout!.toMilliseconds() >= interval!.toMilliseconds()
      ? { given: `health.timeout is ${timeout!.toSeconds()} s, health.interval ${interval!.toSeconds()} s`, allowed: 'a timeout shorter than the interval' }
      : undefined);
}
