/** What is known of a key: its value, or that there is none. */
export interface Known<Value> {
  readonly value?: Value;
}

/** The text of an entry: JSON, `{"value": ..., "version": "12"}`, or `{"none": true}` for what is known not to exist. */
export function wrap(value: unknown, version?: string): string {
  return JSON.stringify(value === undefined ? { none: true, version } : { value, version });
}

/**
 * What an entry says.
 *
 * @throws SyntaxError or TypeError when it is no entry
 */
export function unwrap<Value>(text: string): Known<Value> {
  const { none, value } = JSON.parse(text) as { none?: boolean; value?: Value };
  if (!none && value === undefined) {
    throw new TypeError('an entry of the cache has neither a value nor none');
  }
  return { value };
}
