/** What is known of work before it is admitted. */
export interface Arrival {
  /** Its level of importance: one of those that a gate knows. Work without one, or of another, is the most important. */
  readonly level?: string;
}

/** Something that admits work or turns it away. */
export interface Gate {
  /**
   * @returns what to call when the work is over, if it matters
   * @throws OverloadedError when it is turned away
   */
  enter(arrival: Arrival): Promise<(() => void) | undefined>;
}
