/** A short link. */
export interface Link {
  /** What it is found by. */
  readonly slug: string;
  /** Where it leads. */
  readonly url: string;
  /** When it was made: ISO 8601, UTC. */
  readonly createdAt: string;
  /** How often it was followed. */
  readonly clicks: number;
  /** When it ceases to work, in seconds since 1970. Absent when it never does. */
  readonly expiresAt?: number;
}

/** Seconds since 1970, as DynamoDB's time to live counts them. */
export function epochSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

/** Whether something that ends at a second since 1970 has ended. */
export function hasExpired(expiresAt: number | undefined, now: Date): boolean {
  return expiresAt !== undefined && expiresAt <= epochSeconds(now);
}

/** A second since 1970 as the API shows it: ISO 8601, UTC. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
