import { createHash } from 'node:crypto';

/**
 * A key that is written more often than one partition takes (about 1,000 writes a second in DynamoDB), spread over
 * several: `video-1` becomes `video-1#0` to `video-1#9`. Writers pick one, readers ask for all and add up ("write sharding",
 * Amazon DynamoDB Developer Guide).
 */
export class SpreadKey {
  /**
   * @param shards over how many keys it is spread, 1 to 1000: expected writes per second / 1000, rounded up. It may grow
   *   later, since readers ask for more; it must not shrink while the keys beyond it hold data.
   * @throws RangeError when shards is no whole number from 1 to 1000
   */
  public constructor(private readonly shards: number) {
    if (!Number.isInteger(shards) || shards < 1 || shards > 1000) {
      throw new RangeError(`a key is spread over ${shards} shards; allowed: a whole number from 1 to 1000`);
    }
  }

  /** Any of the keys, each as likely as the others: for counters, where it does not matter which one a write hits. */
  public any(key: string, random: () => number = Math.random): string {
    return this.at(key, Math.floor(random() * this.shards));
  }

  /** The key for a member of it, always the same: for items that are read again one by one. */
  public of(key: string, member: string): string {
    return this.at(key, createHash('sha256').update(member).digest().readUInt32BE(0) % this.shards);
  }

  /** All the keys, for readers. */
  public all(key: string): string[] {
    return Array.from({ length: this.shards }, (_, shard) => this.at(key, shard));
  }

  private at(key: string, shard: number): string {
    return `${key}#${shard}`;
  }
}
