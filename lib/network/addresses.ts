import { Token } from 'aws-cdk-lib';
import type { Refusal } from '../core/rules';
import { show } from '../core/show';

/**
 * How many availability zones the addresses are laid out for, whether they are used or not: adding a zone later moves no
 * subnet, which would replace it with all that stands in it.
 */
export const ZONES_LAID_OUT = 4;

/** The addresses of a network unless told otherwise. */
export const DEFAULT_ADDRESSES = '10.0.0.0/16';

/** What is wrong with an address range. It is divided among the subnets at synthesis, so it must be known then. */
export function wrongAddresses(addresses: string | undefined, zones: number): Refusal | undefined {
  if (addresses === undefined) {
    return undefined;
  }
  const longest = zones > ZONES_LAID_OUT ? 22 : 23;
  const allowed = `an IPv4 range in CIDR notation, /16 to /${longest} so that subnets have room for a load balancer, for example '${DEFAULT_ADDRESSES}'`;
  if (Token.isUnresolved(addresses)) {
    return { given: 'addresses is known only at deployment', allowed: `${allowed}; a pool of IPAM goes into vpcProps.ipAddresses` };
  }
  const refused = (what: string): Refusal => ({ given: `addresses is ${show(addresses)}${what}`, allowed });
  const numbers = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(addresses)?.slice(1).map(Number);
  if (!numbers || numbers.slice(0, 4).some((byte) => byte > 255)) {
    return refused('');
  }
  const [first = 0, second = 0, third = 0, fourth = 0, prefix = 0] = numbers;
  if (prefix < 16 || prefix > longest) {
    return refused('');
  }
  if ([0, 127].includes(first) || first >= 224 || (first === 169 && second === 254)) {
    return refused(', which AWS keeps to itself');
  }
  const size = 2 ** (32 - prefix);
  const address = ((first * 256 + second) * 256 + third) * 256 + fourth;
  return address % size === 0 ? undefined : refused(`, which begins inside a /${prefix}`);
}
