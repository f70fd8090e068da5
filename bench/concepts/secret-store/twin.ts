import { RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { secureFunction } from '../support/secure-function';

/**
 * The same as ours: a secret that Secrets Manager generates and encrypts, kept when the stack goes; a function that may read it
 * and nothing else, and finds it in its environment.
 */
export function build(stack: Stack): void {
  const secret = new Secret(stack, 'Secret', { description: 'Kept for Bench/Key', removalPolicy: RemovalPolicy.RETAIN });
  Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason: 'Nobody knows how to change the other side together with it.' });
  const service = secureFunction(stack);
  secret.grantRead(service);
  service.addEnvironment('KEY_SECRET_ARN', secret.secretArn);
}
