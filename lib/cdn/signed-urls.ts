import { createHash } from 'node:crypto';
import { type CfnPublicKey, type IKeyGroup, type IPublicKey, KeyGroup, PublicKey } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { globalName } from './global-name';

/** The keys whose signatures open private content. */
export interface Signers {
  readonly group: IKeyGroup;
  /** The key that signers should use now. */
  readonly current: IPublicKey;
}

/** A public key cannot be changed in place, so each has an id of its own content: rotation adds one and removes another. */
export function signers(scope: Construct, publicKeys: readonly string[]): Signers {
  const items = publicKeys.map((encodedKey) => {
    const id = `Key${createHash('sha256').update(encodedKey.trim()).digest('hex').slice(0, 8)}`;
    const name = globalName(scope, id);
    // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
    const key = new PublicKey(scope, id, { encodedKey });
    // The CDK's caller reference is the path in the tree, and CloudFront wants it unique like the name.
    (key.node.defaultChild as CfnPublicKey).publicKeyConfig = { name, callerReference: name, encodedKey };
    return key;
  });
  // eslint-disable-next-line awscdk/require-passing-this -- constructs pass themselves
  const group = new KeyGroup(scope, 'Signers', { keyGroupName: globalName(scope, 'Signers'), items });
  return { group, current: items[0]! };
}
