// A secret is generated, read by who may, rotated by a function, and nobody else reads it.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, Profile, SecretStore } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-secret-store');

// Answers the four steps of a rotation: the next secret is the old one with a mark.
const changer = Handler.fromCode(Code.fromInline(`
  const { SecretsManager } = require('@aws-sdk/client-secrets-manager');
  const secrets = new SecretsManager({});
  exports.handler = async ({ Step, SecretId, ClientRequestToken }) => {
    const { VersionIdsToStages } = await secrets.describeSecret({ SecretId });
    const [current] = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes('AWSCURRENT'));
    if (current === ClientRequestToken) return;
    if (Step === 'createSecret') {
      const { SecretString } = await secrets.getSecretValue({ SecretId });
      await secrets.putSecretValue({ SecretId, ClientRequestToken, SecretString: 'rotated-' + SecretString, VersionStages: ['AWSPENDING'] });
    }
    if (Step === 'finishSecret') {
      await secrets.updateSecretVersionStage({
        SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken, RemoveFromVersionId: current,
      });
    }
  };
`));
// Tells how long the secret is and how it begins, never what it is.
const reads = Handler.fromCode(Code.fromInline(`
  const { SecretsManager } = require('@aws-sdk/client-secrets-manager');
  const secrets = new SecretsManager({});
  exports.handler = async () => {
    try {
      const { SecretString } = await secrets.getSecretValue({ SecretId: process.env.KEY_SECRET_ARN });
      return { length: SecretString.length, rotated: SecretString.startsWith('rotated-') };
    } catch ({ name }) {
      return { error: name };
    }
  };
`));

const name = 'key';
const length = 40;
const kept = new SecretStore(stack, 'Kept', { length, excludePunctuation: true, disposable: true });
const rotated = new SecretStore(stack, 'Rotated', {
  length, disposable: true, rotation: { worker: new FunctionService(stack, 'Changer', { handler: changer }), every: Duration.days(30) },
});
const reader = new FunctionService(stack, 'Reader', { handler: reads });
reader.use(kept, Access.READ, { name });
const writer = new FunctionService(stack, 'Writer', { handler: reads });
writer.use(kept, Access.WRITE, { name });
const second = new FunctionService(stack, 'Second', { handler: reads });
second.use(rotated, Access.READ, { name });

const { assertions } = new IntegTest(app, 'SecretStore', { testCases: [stack] });
const call = (service: FunctionService) => assertions.invokeFunction({ functionName: service.function.functionName });
const answers = (answer: { [key: string]: unknown }) => ({ Payload: Match.serializedJson(answer) });

expectSoon(call(reader), answers({ length, rotated: false }));
expectSoon(call(writer), answers({ error: 'AccessDeniedException' }));
expectSoon(call(second), answers({ length: length + 'rotated-'.length, rotated: true }), Duration.minutes(5));
