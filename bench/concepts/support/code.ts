import { Code } from 'aws-cdk-lib/aws-lambda';

/** What every function of every variant runs. */
export const CODE = Code.fromInline('exports.handler = async () => {};');
