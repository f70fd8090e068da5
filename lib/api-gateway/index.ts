export { type ApiDomain, type MutualTls } from './api-domain';
export { ApiGateway, type ApiGatewayProps, type RouteOptions } from './api-gateway';
export { Authorizer, type FunctionAuthorizerProps, type JwtAuthorizerProps, type RestAuthorization } from './authorizer';
export {
  type DirectBusOptions, type DirectItemOptions, type DirectQueueOptions, type DirectStateMachineOptions,
  type DirectStreamOptions, DirectTarget,
} from './direct-target';
export { RequestValue } from './request-value';
export { RestApiGateway } from './rest-api-gateway';
export { type ResponseCache, type RestApiGatewayProps } from './rest-api-props';
export { type PlanOptions, type Quota } from './rest-plan';
export { type RestRouteOptions, type RouteCache } from './rest-route';
export { type Throttle } from './throttle';
export { WebSocketGateway, type WebSocketGatewayProps } from './web-socket-gateway';
