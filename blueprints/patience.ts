/**
 * How long handlers wait for AWS: the SDK waits without end unless told otherwise, and whoever called does not. With the default,
 * three tries of two calls fit into the ten seconds that a function has.
 *
 * @param requestTimeout how long one try may take, in milliseconds
 */
export const patience = (requestTimeout: number = 1500) => ({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout, throwOnRequestTimeout: true },
});
