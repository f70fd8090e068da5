export { Algorithm } from './algorithm';
export { Authentication, type CognitoOptions, type JwtOptions, type OidcOptions, type SignInOptions } from './authentication';
export { Layer4Listener, type Layer4ListenerProps } from './layer4-listener';
export { Layer4LoadBalancer, type Layer4LoadBalancerProps, type ListenOptions } from './layer4-load-balancer';
export { LoadBalancer } from './load-balancer';
export { type LoadBalancerOptions, type LoadBalancerProps } from './load-balancer-props';
export { LoadBalancerRoute, type LoadBalancerRouteProps, type LoadBalancerRouteOptions, type StickySessions, type WeightedTarget } from './route';
export { type RouteMatch } from './route-match';
export { Scheme } from './scheme';
