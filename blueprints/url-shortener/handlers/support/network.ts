/**
 * How long a call to AWS may take. The SDK waits without end unless told otherwise; a visitor does not. Three tries of
 * two calls fit into the ten seconds that a function has.
 */
export const NETWORK = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1500, throwOnRequestTimeout: true },
};
