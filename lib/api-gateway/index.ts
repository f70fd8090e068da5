export { ApiGateway, type ApiGatewayProps, type RouteOptions, type Throttle } from './api-gateway';
