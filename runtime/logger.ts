/** What a log line carries beside its message. */
export type LogFields = Record<string, unknown>;

/** What the runtime logs through. A Powertools `Logger` is one. */
export interface StructuredLogger {
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}
