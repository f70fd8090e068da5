/** What was measured is nothing that can be counted. Delivering the record again is of no use. */
export class InvalidMeasurementError extends Error {
  public override readonly name = 'InvalidMeasurementError';
}
