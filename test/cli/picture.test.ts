import { App, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { BLUEPRINTS } from '../../blueprints/registry';
import { built } from '../../cli/built';
import { boxesOf, flowchartOf } from '../../cli/diagram';
import { mermaid } from '../../cli/picture/mermaid';
import { KINDS } from '../../cli/picture/kinds';
import { MOST_BOXES, pictureOf } from '../../cli/picture/picture';
import * as lib from '../../lib';
import { Access, ApiGateway, FunctionService, Idempotency, KeyValueStore, Network, Profile, WorkQueue } from '../../lib';
import { HANDLER } from '../support/stacks';

const CONCEPTS = new Set<unknown>(Object.values(lib));

/** A system with the given parts, drawn. */
function drawn(build: (system: Construct) => void): string {
  const stack = new Stack(new App(), 'Stack');
  Profile.set(stack, Profile.SANDBOX);
  const system = new Construct(stack, 'System');
  build(system);
  return mermaid(pictureOf(system, CONCEPTS));
}

test('concepts are boxes, wiring is arrows, and who calls is outside', () => {
  expect(drawn((system) => {
    const orders = new KeyValueStore(system, 'Orders', { partitionKey: 'id' });
    const jobs = new WorkQueue(system, 'Jobs');
    const place = new FunctionService(system, 'Place', { handler: HANDLER });
    place.use(orders, Access.READ_WRITE);
    place.use(jobs, Access.WRITE);
    jobs.consumedBy(new FunctionService(system, 'Work', { handler: HANDLER }), { idempotent: true });
    const api = new ApiGateway(system, 'Api');
    api.route('POST /orders', place);
    api.route('GET /orders/{id}', place);
  })).toBe(`flowchart LR
  client(["client"])
  Orders[("Orders<br/>KeyValueStore")]
  Jobs[["Jobs<br/>WorkQueue"]]
  Place["Place<br/>FunctionService"]
  Work["Work<br/>FunctionService"]
  Api{{"Api<br/>ApiGateway"}}
  client --> Api
  Jobs -->|"messages"| Work
  Place -->|"reads<br/>writes"| Orders
  Place -->|"messages"| Jobs
  Api -->|"POST /orders<br/>GET /orders/{id}"| Place`);
});

test('what a concept is made of is part of its box', () => {
  const picture = drawn((system) => {
    new FunctionService(system, 'Pay', { handler: HANDLER }).use(new Idempotency(system, 'Once'), Access.WRITE);
  });
  expect(picture).toContain('Pay -->|"once per key"| Once');
  expect(picture).not.toContain('KeyValueStore');
});

test('what lives in a network is grouped', () => {
  const picture = drawn((system) => {
    const network = Network.of(system);
    new FunctionService(system, 'Inside', { handler: HANDLER, network });
    new FunctionService(system, 'Outside', { handler: HANDLER });
  });
  expect(picture).toBe(`flowchart LR
  Outside["Outside<br/>FunctionService"]
  subgraph network [Network]
    Inside["Inside<br/>FunctionService"]
  end`);
});

test('more labels on one arrow than can be read are counted', () => {
  expect(drawn((system) => {
    const answer = new FunctionService(system, 'Answer', { handler: HANDLER });
    const api = new ApiGateway(system, 'Api');
    ['a', 'b', 'c', 'd', 'e'].forEach((path) => api.route(`GET /${path}`, answer));
  })).toContain('Api -->|"GET /a<br/>GET /b<br/>GET /c<br/>2 more"| Answer');
});

test('every kind of part that is drawn in a way of its own is a concept of the library', () => {
  expect(Object.keys(KINDS).filter((concept) => !(concept in lib))).toEqual([]);
});

describe.each(BLUEPRINTS.map((entry) => [entry.name, entry] as const))('%s', (_, entry) => {
  const boxes = boxesOf(built(entry).blueprint);

  test('is taken in at a glance', () => {
    expect(boxes.length).toBeLessThanOrEqual(MOST_BOXES);
    expect(new Set(boxes.map(({ id }) => id)).size).toBe(boxes.length);
  });

  test('has no part that nothing reaches and that reaches nothing', () => {
    const arrows = flowchartOf(entry).split('\n').filter((line) => line.includes('-->'));
    const alone = boxes.filter(({ id, shape }) => shape !== 'none' && !arrows.some((arrow) => new RegExp(`\\b${id}\\b`).test(arrow)));
    expect(alone.map(({ id }) => id)).toEqual([]);
  });
});
