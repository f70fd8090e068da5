import { adoptsOrShapes, notManaged, wholeSeconds } from '../core/checks';
import type { Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import { DOMAIN_SHAPE, domainRules, throttleRules } from './api-gateway-rules';
import { Authorizer } from './authorizer';
import type { WebSocketGatewayProps } from './web-socket-gateway';

/** What WebSocketGateway refuses. Bounds: Amazon API Gateway quotas. */
export const WEB_SOCKET_GATEWAY_RULES: readonly Rule<WebSocketGatewayProps>[] = [
  {
    code: 'WebSocketGateway.WrongType',
    first: true,
    check: (props) => typed(props, {
      throttle: { ratePerSecond: 'number', burst: 'number' },
      authorizer: Authorizer,
      connectionTtl: 'duration',
      routeBy: 'text',
      domain: DOMAIN_SHAPE,
      accountLogging: 'flag',
      logRetention: 'number',
      apiProps: 'object',
      stage: 'construct',
    }),
  },
  { code: 'WebSocketGateway.AdoptOrShape', check: (props) => adoptsOrShapes('stage', props) },
  ...throttleRules('WebSocketGateway.RequestRate', 'WebSocketGateway.RequestBurst'),
  { code: 'WebSocketGateway.ConnectionTtl', check: ({ connectionTtl }) => wholeSeconds('connectionTtl', connectionTtl, 60, 7200) },
  {
    code: 'WebSocketGateway.RouteBy',
    check: ({ routeBy }) => routeBy === undefined || /^\w+(\.\w+)*$/.test(routeBy)
      ? undefined
      : { given: `routeBy is ${show(routeBy)}`, allowed: 'a field of the message: action, or header.type' },
  },
  ...domainRules('WebSocketGateway.DomainName', 'WebSocketGateway.DomainPath'),
  {
    code: 'WebSocketGateway.MutualTls',
    check: ({ domain }) => domain?.mutualTls
      ? { given: 'domain.mutualTls', allowed: 'a domain without: WebSocket APIs do not ask for client certificates' }
      : undefined,
  },
  {
    code: 'WebSocketGateway.ManagedByTheConstruct',
    check: ({ apiProps }) => notManaged('apiProps', apiProps, ['connectRouteOptions', 'disconnectRouteOptions', 'defaultRouteOptions', 'routeSelectionExpression'],
      'every other option; routes are added by route, who connects is kept by the construct, and routeBy says what messages are routed by'),
  },
];
