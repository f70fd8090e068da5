/** A resolved value with what is known only at deployment as `<name>`, as it stands in messages and in the ids of findings. */
export function legible(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(legible);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const { Ref: name, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Intrinsic;
  if (name ?? attribute) {
    return `<${name ?? attribute?.join('.')}>`;
  }
  return join
    ? join[1].map((part) => String(legible(part))).join(join[0])
    : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, legible(inner)]));
}

interface Intrinsic {
  readonly 'Ref'?: string;
  readonly 'Fn::GetAtt'?: readonly string[];
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
}
