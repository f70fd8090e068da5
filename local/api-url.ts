/**
 * Where the local AWS serves an API Gateway endpoint. Templates give `https://<id>.execute-api.<region>.amazonaws.com/`,
 * and the emulator gives a subdomain of its own address; neither resolves on every laptop, but the path form does.
 * @param apiUrl any URL of the API, with or without a path and a query; one that is no API's comes back as it is
 */
export function localApiUrl(endpoint: string, apiUrl: string): string {
  const api = /^[a-z]+:\/\/([a-z0-9]+)\.execute-api\.[^/?#]*(.*)$/.exec(apiUrl);
  return api ? `${endpoint}/_aws/execute-api/${api[1]}${api[2]}` : apiUrl;
}
