/** How long a call to AWS may take. The SDK waits without end unless told otherwise; whoever waits for an image does not. */
export const NETWORK = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 3000, throwOnRequestTimeout: true },
};
