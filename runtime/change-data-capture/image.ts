import type { AttributeValue } from 'aws-lambda';

/** An item of a table as the document client shows it, of its image in the stream; sets become lists. */
export function itemOf<Item>(image: Readonly<Record<string, AttributeValue>> | undefined): Item | undefined {
  return image && mapOf(image) as Item;
}

const mapOf = (values: Readonly<Record<string, AttributeValue>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, valueOf(value)]));

function valueOf({ S, N, BOOL, NULL, M, L, SS, NS, B, BS }: AttributeValue): unknown {
  if (N !== undefined) {
    return Number(N);
  }
  if (NULL) {
    return null;
  }
  return S ?? BOOL ?? SS ?? NS?.map(Number) ?? B ?? BS ?? (M ? mapOf(M) : L?.map(valueOf));
}
