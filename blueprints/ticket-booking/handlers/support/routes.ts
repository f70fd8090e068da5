import { type HttpHandler, Problem } from '../../../../runtime';

/** Sends requests to what answers their route: `{ 'GET /orders/{id}': ... }`. */
export function byRoute(answers: Readonly<Record<string, HttpHandler>>): HttpHandler {
  return (request, context) => {
    const answer = answers[request.routeKey];
    if (!answer) {
      throw new Problem({ status: 404, detail: `There is no route ${request.routeKey}.` });
    }
    return answer(request, context);
  };
}
