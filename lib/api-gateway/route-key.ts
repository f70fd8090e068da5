import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';

/** A route taken apart: `GET /links/{slug}`. */
export interface RouteKey {
  readonly method: HttpMethod;
  readonly path: string;
}

/** The route in a text like `GET /links/{slug}`, or undefined when it is not one. */
export function parseRouteKey(route: string): RouteKey | undefined {
  const [, method, path] = typeof route === 'string' && /^([A-Z]+) (\/\S*)$/.exec(route) || [];
  const segments = path === '/' ? [] : path?.slice(1).split('/') ?? [];
  const names = segments.flatMap((segment) => /^\{(\w+)\+?\}$/.exec(segment)?.[1] ?? []);
  const wellFormed = segments.every((segment, index) => index === segments.length - 1
    ? /^([\w.~!$&'()*,;=:@%-]+|\{\w+\+?\})$/.test(segment)
    : /^([\w.~!$&'()*,;=:@%-]+|\{\w+\})$/.test(segment));
  return method && path && method in HttpMethod && wellFormed && new Set(names).size === names.length
    ? { method: HttpMethod[method as keyof typeof HttpMethod], path }
    : undefined;
}
