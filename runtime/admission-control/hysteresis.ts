/** Two thresholds instead of one, so that a value which hovers about a limit does not open and close a gate all the time. */
export class Hysteresis {
  private shut = false;

  /**
   * @param closeAt the value at which it closes
   * @param openBelow the value below which it opens again, not above `closeAt`
   */
  constructor(private readonly closeAt: number, private readonly openBelow: number) {}

  /** Whether it is closed at a value, given what came before. */
  public closedAt(value: number): boolean {
    this.shut = value >= this.closeAt || this.shut && value >= this.openBelow;
    return this.shut;
  }
}
