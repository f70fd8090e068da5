import { ExpectedResult, type IApiCall } from '@aws-cdk/integ-tests-alpha';
import { Duration } from 'aws-cdk-lib';

/**
 * Asserts that a call answers with at least these fields, at once or within the time given; otherwise the deployment fails.
 *
 * Never assert without waiting: a failed assertion that does not wait is an output of its stack and nothing more. And
 * never use `ExpectedResult.exact`: the provider compares with the wrapper that it puts around the value.
 */
export function expectSoon(call: IApiCall, fields: { [name: string]: unknown }, within = Duration.minutes(2)): IApiCall {
  return call.expect(ExpectedResult.objectLike(fields))
    .waitForAssertions({ totalTimeout: within, interval: Duration.seconds(5) });
}
