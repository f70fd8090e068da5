import { AlpnPolicy, Protocol } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { adoptsOrShapes, wholeNumber, wholeSeconds } from '../core/checks';
import type { Rule } from '../core/rules';
import { isObject, show } from '../core/show';
import { typed } from '../core/typed';
import { checkHealth, HEALTH_SHAPE } from './health-rules';
import type { Layer4LoadBalancerProps, ListenOptions } from './layer4-load-balancer';
import { constructs, oneOf } from './load-balancer-rules';
import { Scheme } from './scheme';

/** What Layer4LoadBalancer refuses. */
export const LAYER4_RULES: readonly Rule<Layer4LoadBalancerProps>[] = [
  {
    code: 'Layer4LoadBalancer.WrongType',
    first: true,
    check: (props) => typed(props, {
      scheme: 'text',
      network: 'construct',
      staticAddresses: 'flag',
      allocationIds: 'list',
      crossZone: 'flag',
      accessLogs: 'construct',
      deletionProtection: 'flag',
      loadBalancer: 'construct',
    }) ?? (props.allocationIds?.every((id) => typeof id === 'string') ?? true
      ? undefined
      : { given: 'allocationIds holds no texts', allowed: 'a list of texts' }),
  },
  { code: 'Layer4LoadBalancer.AdoptOrShape', check: (props) => adoptsOrShapes('loadBalancer', props, ['network']) },
  {
    code: 'Layer4LoadBalancer.NoScheme',
    check: ({ scheme, loadBalancer }) => scheme !== undefined || loadBalancer
      ? undefined
      : { given: 'neither scheme nor loadBalancer', allowed: 'scheme, to say who reaches a new load balancer, or loadBalancer, to adopt an existing one' },
  },
  { code: 'Layer4LoadBalancer.Scheme', check: ({ scheme }) => oneOf('scheme', scheme, Scheme) },
  {
    code: 'Layer4LoadBalancer.StaticInternal',
    check: ({ scheme, staticAddresses, allocationIds }) => scheme === Scheme.INTERNAL && (staticAddresses || allocationIds)
      ? { given: `${allocationIds ? 'allocationIds' : 'staticAddresses'} of an internal load balancer`, allowed: 'static addresses of an internet-facing one' }
      : undefined,
  },
  {
    code: 'Layer4LoadBalancer.AddressesTwice',
    check: ({ staticAddresses, allocationIds }) => staticAddresses !== undefined && allocationIds
      ? { given: 'staticAddresses together with allocationIds', allowed: 'staticAddresses, for new ones, or allocationIds, for your own' }
      : undefined,
  },
];

const secure = ({ protocol, certificates }: ListenOptions) =>
  protocol === undefined ? certificates !== undefined : protocol === Protocol.TLS;
const datagrams = ({ protocol }: ListenOptions) => protocol === Protocol.UDP || protocol === Protocol.TCP_UDP;

/** What Layer4LoadBalancer.listen() refuses. Bounds: listeners and target groups of Network Load Balancers. */
export const LISTEN_RULES: readonly Rule<ListenOptions>[] = [
  {
    code: 'Layer4LoadBalancer.ListenWrongType',
    first: true,
    check: (options) => typed(options, {
      protocol: 'text',
      certificates: 'list',
      alpn: 'text',
      targetPort: 'number',
      encryptToTarget: 'flag',
      sticky: 'flag',
      preserveClientIp: 'flag',
      proxyProtocolV2: 'flag',
      crossZone: 'flag',
      health: HEALTH_SHAPE,
      drain: 'duration',
      terminateConnections: 'flag',
      idleTimeout: 'duration',
    }) ?? constructs('certificates', options.certificates, 'certificateArn'),
  },
  {
    code: 'Layer4LoadBalancer.Protocol',
    check: ({ protocol }) => oneOf('protocol', protocol, [Protocol.TCP, Protocol.TLS, Protocol.UDP, Protocol.TCP_UDP]),
  },
  {
    code: 'Layer4LoadBalancer.Certificates',
    check: (options) => {
      const count = options.certificates?.length ?? 0;
      return secure(options) === count > 0
        ? undefined
        : { given: `${count} certificates for ${secure(options) ? 'TLS' : options.protocol ?? Protocol.TCP}`, allowed: 'at least one certificate for TLS, none for others' };
    },
  },
  { code: 'Layer4LoadBalancer.Alpn', check: ({ alpn }) => oneOf('alpn', alpn, AlpnPolicy) },
  {
    code: 'Layer4LoadBalancer.TlsOnly',
    check: (options) => {
      const given = (['alpn', 'encryptToTarget'] as const).filter((option) => options[option] !== undefined);
      return secure(options) || given.length === 0
        ? undefined
        : { given: `${given.join(', ')} without TLS`, allowed: `${given.join(', ')} with certificates` };
    },
  },
  {
    code: 'Layer4LoadBalancer.StickyTls',
    check: (options) => secure(options) && options.sticky
      ? { given: 'sticky with TLS, which AWS has not', allowed: 'sticky with TCP or UDP, or a LoadBalancer with sticky, by cookie' }
      : undefined,
  },
  {
    code: 'Layer4LoadBalancer.ClientIpOfDatagrams',
    check: (options) => datagrams(options) && options.preserveClientIp === false
      ? { given: `preserveClientIp: false with ${options.protocol}`, allowed: 'datagrams keep the address of the client' }
      : undefined,
  },
  { code: 'Layer4LoadBalancer.TargetPort', check: ({ targetPort }) => wholeNumber('targetPort', targetPort, 1, 65_535) },
  { code: 'Layer4LoadBalancer.Drain', check: ({ drain }) => wholeSeconds('drain', drain, 0, 3600) },
  { code: 'Layer4LoadBalancer.IdleTimeout', check: ({ idleTimeout }) => wholeSeconds('idleTimeout', idleTimeout, 60, 6000) },
  {
    code: 'Layer4LoadBalancer.IdleTimeoutProtocol',
    check: ({ protocol, idleTimeout }) => idleTimeout && protocol !== undefined && protocol !== Protocol.TCP
      ? { given: `idleTimeout with ${protocol}`, allowed: 'idleTimeout with TCP; TLS keeps 350 s and UDP 120 s' }
      : undefined,
  },
  { code: 'Layer4LoadBalancer.Health', check: ({ health }) => checkHealth(health) },
];

/** A target that is none of layer 4. */
export const notALayer4Target = (target: unknown) => isObject(target) && typeof target.attachToNetworkTargetGroup === 'function'
  ? undefined
  : { given: `target ${show(target)}`, allowed: 'what stands in a network: a ContainerService, an InstanceTarget, an IpTarget, an AlbListenerTarget' };
