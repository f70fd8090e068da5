import type { JsonSchema } from 'aws-cdk-lib/aws-apigateway';
import { pathParameters, type RestRoute } from './rest-route';

/** The declared routes as an OpenAPI 3.1 document. It says what requests must look like; answers are up to the targets. */
export function openApiDocument(
  title: string, version: string, server: string | undefined, routes: readonly RestRoute[],
): string {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll('+}', '}');
    // OpenAPI has no word for any method.
    for (const method of route.method === 'ANY' ? ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] : [route.method.toLowerCase()]) {
      paths[path] = { ...paths[path], [method]: operation(route) };
    }
  }
  const schemes = {
    ...routes.some(({ guarded }) => guarded) && { authorization: { type: 'apiKey', in: 'header', name: 'Authorization' } },
    ...routes.some(({ options }) => options.keyRequired) && { key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } },
  };
  return JSON.stringify({
    openapi: '3.1.0',
    info: { title, version },
    ...server !== undefined && { servers: [{ url: server }] },
    paths,
    ...Object.keys(schemes).length > 0 && { components: { securitySchemes: schemes } },
  }, null, 2);
}

function operation({ path, guarded, options }: RestRoute): object {
  const parameter = (place: string) => (name: string) => ({ name, in: place, required: true, schema: { type: 'string' } });
  const parameters = [
    ...pathParameters(path).map(parameter('path')),
    ...(options.query ?? []).map(parameter('query')),
    ...(options.headers ?? []).map(parameter('header')),
  ];
  const security = { ...guarded && { authorization: options.scopes ?? [] }, ...options.keyRequired && { key: [] } };
  const checked = options.body ?? options.query ?? options.headers;
  const problem = (description: string) => ({ description, content: { 'application/problem+json': { schema: { type: 'object' } } } });
  return {
    ...options.summary !== undefined && { summary: options.summary },
    ...parameters.length > 0 && { parameters },
    ...options.body && { requestBody: { required: true, content: { 'application/json': { schema: plainSchema(options.body) } } } },
    responses: {
      default: { description: 'The answer of the target.' },
      ...checked && { 400: problem('The request is not what it must be.') },
      429: problem('Too many requests: come back later.'),
    },
    ...Object.keys(security).length > 0 && { security: [security] },
  };
}

/** The schema as JSON Schema writes it: the CDK leaves the dollar signs out of three of its words. */
function plainSchema(schema: JsonSchema): object {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return value;
    }
    const renamed: Record<string, string> = { schema: '$schema', id: '$id', ref: '$ref' };
    return Object.fromEntries(Object.entries(value).map(([word, inner]) => [typeof inner === 'string' ? renamed[word] ?? word : word, inner as unknown]));
  }) as object;
}
