/** Milliseconds of the epoch, as ISO 8601 in UTC. */
export const isoTime = (milliseconds: number) => new Date(milliseconds).toISOString();
