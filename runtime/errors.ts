/** Whatever was thrown, as an error: JavaScript may throw anything. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The part of an error that a log line carries. */
export function describeError(thrown: unknown): { name: string; message: string } {
  const { name, message } = asError(thrown);
  return { name, message };
}
