// What one function writes another one reads, and who may only read cannot write.
import { IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, FunctionService, Handler, Network, Profile, SharedFileSystem } from '../../lib';
import { expectSoon } from './expect-soon';

const app = new App({ analyticsReporting: false });
Profile.set(app, Profile.SANDBOX);
const stack = new Stack(app, 'integ-shared-file-system');

const network = Network.of(stack);
const files = new SharedFileSystem(stack, 'Files', { network, disposable: true });
// Writes what it is given, reads it, and tells whether it was not allowed to.
const handler = Handler.fromCode(Code.fromInline(`
  const { readFileSync, statSync, writeFileSync } = require('node:fs');
  const file = process.env.FILES_PATH + '/a.txt';
  exports.handler = async ({ write }) => {
    try {
      if (write) writeFileSync(file, write);
      return { found: readFileSync(file, 'utf8'), owner: statSync(file).uid };
    } catch ({ code }) {
      return { denied: ['EACCES', 'EPERM', 'EROFS'].includes(code) };
    }
  };
`));
const writer = new FunctionService(stack, 'Writer', { handler, network });
writer.use(files, Access.READ_WRITE);
const reader = new FunctionService(stack, 'Reader', { handler, network });
reader.use(files, Access.READ);

const { assertions } = new IntegTest(app, 'SharedFileSystem', { testCases: [stack] });
const call = (service: FunctionService, event: object) =>
  assertions.invokeFunction({ functionName: service.function.functionName, payload: JSON.stringify(event) });
const answers = (answer: { [key: string]: unknown }) => ({ Payload: Match.serializedJson(answer) });

expectSoon(call(writer, { write: 'hello' }), answers({ found: 'hello', owner: 1000 }))
  .next(expectSoon(call(reader, {}), answers({ found: 'hello', owner: 1000 })))
  .next(expectSoon(call(reader, { write: 'changed' }), answers({ denied: true })));
