/**
 * Where the local AWS serves an endpoint of API Gateway, a load balancer or a distribution of CloudFront. Templates give
 * `https://<id>.execute-api.<region>.amazonaws.com/`, and the emulator gives a subdomain of its own address; neither resolves on
 * every laptop, but the path form does.
 * @param apiUrl any URL of the API, with or without a path and a query; another one comes back as it is
 */
export function localApiUrl(endpoint: string, apiUrl: string): string {
  const api = /^[a-z]+:\/\/([a-z0-9]+)\.execute-api\.[^/?#]*(.*)$/.exec(apiUrl);
  if (api) {
    return `${endpoint}/_aws/execute-api/${api[1]}${api[2]}`;
  }
  const distribution = /^https?:\/\/([a-z0-9]+)\.cloudfront\.net(?![^/?#])(.*)$/.exec(apiUrl);
  if (distribution) {
    return `${endpoint}/_cdn/${distribution[1]}${distribution[2]}`;
  }
  // The emulator names a load balancer <name>-<8 characters>, and finds it by its name.
  const balancer = /^[a-z]+:\/\/([^./]+)-[a-z0-9]{8}\.[^./]+\.elb\.amazonaws\.com(?::\d+)?(\/.*|)$/.exec(apiUrl);
  return balancer ? `${endpoint}/_alb/${balancer[1]}${balancer[2]}` : apiUrl;
}
