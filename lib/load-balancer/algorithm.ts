/** How a load balancer picks the target of a request. */
export enum Algorithm {
  /** One after the other. */
  ROUND_ROBIN = 'round_robin',
  /** The one with the fewest requests in flight, for requests that differ in how long they take: "least connections". */
  LEAST_OUTSTANDING_REQUESTS = 'least_outstanding_requests',
  /** At random; with anomaly mitigation, targets that fail more than the others get fewer requests. */
  WEIGHTED_RANDOM = 'weighted_random',
  /** By the client's address. Refused: a layer 7 load balancer cannot; `Layer4LoadBalancer` can, by `sticky`. */
  IP_HASH = 'ip_hash',
  /** The one that answers fastest. Refused: AWS has none; LEAST_OUTSTANDING_REQUESTS comes nearest. */
  LEAST_RESPONSE_TIME = 'least_response_time',
}
