import { Duration, RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import { AccountRecovery, FeaturePlan, Mfa, UserPool } from 'aws-cdk-lib/aws-cognito';
import { secureFunction } from '../support/secure-function';

const READ = ['AdminGetUser', 'AdminListGroupsForUser', 'ListGroups', 'ListUsers', 'ListUsersInGroup'];

/**
 * The same as ours: users whom an administrator makes and who sign in by their mail address, passwords of twelve characters of
 * all kinds, authenticator apps for who wants one, kept when the stack goes; a client without a secret that tells nobody who has
 * an account; a function that may look users up and nothing else, and finds pool and client in its environment.
 */
export function build(stack: Stack): void {
  const userPool = new UserPool(stack, 'UserPool', {
    selfSignUpEnabled: false,
    signInAliases: { email: true },
    signInCaseSensitive: false,
    autoVerify: { email: true },
    keepOriginal: { email: true },
    standardAttributes: { email: { required: true, mutable: true } },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    mfa: Mfa.OPTIONAL,
    mfaSecondFactor: { otp: true, sms: false },
    passwordPolicy: {
      minLength: 12, requireDigits: true, requireLowercase: true, requireSymbols: true, requireUppercase: true,
      tempPasswordValidity: Duration.days(3),
    },
    featurePlan: FeaturePlan.ESSENTIALS,
    deletionProtection: false,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(userPool).acknowledge(
    { id: 'AwsSolutions-COG2', reason: 'Who wants a second factor has one.' },
    { id: 'AwsSolutions-COG8', reason: 'Threat protection has a price for each user.' },
  );
  const client = userPool.addClient('Client', {
    generateSecret: false,
    authFlows: { userSrp: true },
    disableOAuth: true,
    accessTokenValidity: Duration.hours(1),
    idTokenValidity: Duration.hours(1),
    refreshTokenValidity: Duration.days(30),
    enableTokenRevocation: true,
    preventUserExistenceErrors: true,
  });
  const service = secureFunction(stack);
  userPool.grant(service, ...READ.map((action) => `cognito-idp:${action}`));
  service.addEnvironment('ACCOUNTS_USER_POOL_ID', userPool.userPoolId);
  service.addEnvironment('ACCOUNTS_CLIENT_ID', client.userPoolClientId);
}
