import { createHash } from 'node:crypto';

/** SHA-256, in Base64, of a value as JSON without spaces, its fields in the order of their code units (as in RFC 8785). */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sorted) ?? '').digest('base64');
}

function sorted(_: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
