import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledgeCompliance } from './acknowledge';
import { Profile } from './profile';

/**
 * A log group that lives as the profile says. Created explicitly, since the ones that services make for themselves keep
 * logs for ever and outlive the stack.
 *
 * @param retention how long logs are kept, when it is not the profile's time
 */
export function createLogGroup(scope: Construct, id: string, retention?: RetentionDays): LogGroup {
  const profile = Profile.of(scope);
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- constructs pass themselves
  const logGroup = new LogGroup(scope, id, { retention: retention ?? profile.logRetention, removalPolicy: profile.logRemoval });
  acknowledgeCompliance(logGroup, 'CloudWatchLogGroupEncrypted',
    'CloudWatch Logs encrypts every log group at rest with a key of its own (CloudWatch Logs User Guide, "Encrypt log data"); a key of the customer is an option of the public field.');
  return logGroup;
}
