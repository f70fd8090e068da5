import { Token } from 'aws-cdk-lib';
import { adoptsOrShapes, text, wholeSeconds } from '../core/checks';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { LoadBalancerProps } from './load-balancer-props';
import { Scheme } from './scheme';

/** One of a few texts; undefined and tokens pass. */
export function oneOf(prop: string, value: string | undefined, allowed: object): Refusal | undefined {
  const values: readonly unknown[] = Object.values(allowed);
  return value === undefined || Token.isUnresolved(value) || values.includes(value)
    ? undefined
    : { given: `${prop} is ${show(value)}`, allowed: values.map((one) => `'${String(one)}'`).join(', ') };
}

/** A list of constructs. */
export function constructs(prop: string, values: readonly unknown[] | undefined, field: string): Refusal | undefined {
  const wrong = values?.find((value) => typeof value !== 'object' || value === null || !(field in value));
  return values === undefined || wrong === undefined && !values.includes(undefined)
    ? undefined
    : { given: `${prop} holds ${show(wrong)}`, allowed: `a list of constructs with ${field}` };
}

/** What LoadBalancer refuses. Bounds: attributes of Application Load Balancers. */
export const LOAD_BALANCER_RULES: readonly Rule<LoadBalancerProps>[] = [
  {
    code: 'LoadBalancer.WrongType',
    first: true,
    check: (props) => typed(props, {
      scheme: 'text',
      network: 'construct',
      certificates: 'list',
      domainName: 'text',
      plaintext: 'flag',
      idleTimeout: 'duration',
      accessLogs: 'construct',
      connectionLogs: 'flag',
      loadBalancerProps: { clientKeepAlive: 'duration', securityGroup: 'construct', ipAddressType: 'text', desyncMitigationMode: 'text' },
      listener: 'construct',
    }) ?? constructs('certificates', props.certificates, 'certificateArn'),
  },
  { code: 'LoadBalancer.AdoptOrShape', check: (props) => adoptsOrShapes('listener', props, ['network', 'domainName']) },
  {
    code: 'LoadBalancer.NoScheme',
    check: ({ scheme, listener }) => scheme !== undefined || listener
      ? undefined
      : { given: 'neither scheme nor listener', allowed: 'scheme, to say who reaches a new load balancer, or listener, to adopt an existing one' },
  },
  { code: 'LoadBalancer.Scheme', check: ({ scheme }) => oneOf('scheme', scheme, Scheme) },
  { code: 'LoadBalancer.DomainName', check: ({ domainName }) => text('domainName', domainName, 1, 253) },
  { code: 'LoadBalancer.IdleTimeout', check: ({ idleTimeout }) => wholeSeconds('idleTimeout', idleTimeout, 1, 4000) },
  {
    code: 'LoadBalancer.ClientKeepAlive',
    check: ({ loadBalancerProps }) => wholeSeconds('loadBalancerProps.clientKeepAlive', loadBalancerProps?.clientKeepAlive, 60, 604_800),
  },
  {
    code: 'LoadBalancer.PlaintextWithCertificate',
    check: ({ plaintext, certificates = [] }) => plaintext && certificates.length > 0
      ? { given: 'plaintext together with certificates', allowed: 'certificates alone: requests over HTTP are then sent to HTTPS' }
      : undefined,
  },
];
