import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { BLUEPRINTS } from '../../blueprints/registry';
import { built } from '../../cli/built';
import { boxesOf, flowchartOf } from '../../cli/diagram';
import { crossings } from '../../cli/picture/crossings';
import { mermaid } from '../../cli/picture/mermaid';
import { KINDS } from '../../cli/picture/kinds';
import { MOST_BOXES, pictureOf } from '../../cli/picture/picture';
import * as lib from '../../lib';
import {
  Access, AdmissionControl, ApiGateway, Authorizer, Cache, CacheStrategy, FunctionService, Idempotency, IdentityProvider,
  KeyValueStore, Network, Profile, SessionStore, WorkQueue,
} from '../../lib';
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
  })).toBe(`flowchart TD
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
  expect(picture).toBe(`flowchart TD
  Outside["Outside<br/>FunctionService"]
  subgraph network [Network]
    Inside["Inside<br/>FunctionService"]
  end`);
});

test('what keeps its state in a network is in it, and says so in place of reading and writing', () => {
  const picture = drawn((system) => {
    const network = Network.of(system);
    const store = new KeyValueStore(system, 'Truth', { partitionKey: 'id' });
    const cache = new Cache(system, 'Kept', { network });
    const strategy = new CacheStrategy(system, 'Ready', { cache, store });
    strategy.invalidateOn(store, { network });
    new SessionStore(system, 'Sessions', { cache });
  });
  expect(picture).toContain('subgraph network [Network]\n    Kept[("Kept<br/>Cache")]\n    Ready[("Ready<br/>CacheStrategy")]\n'
    + '    Sessions[("Sessions<br/>SessionStore")]\n  end');
  expect(picture).toContain('Ready -->|"is kept in"| Kept');
  expect(picture).toContain('Ready -->|"stands before"| Truth');
  expect(picture).toContain('Sessions -->|"is kept in"| Kept');
});

test('who decides about callers is asked by the API, and signs them in', () => {
  const picture = drawn((system) => {
    const accounts = new IdentityProvider(system, 'Accounts');
    const decide = new FunctionService(system, 'Decide', { handler: HANDLER });
    const answer = new FunctionService(system, 'Answer', { handler: HANDLER });
    const api = new ApiGateway(system, 'Api', { defaultAuthorizer: accounts.authorizer() });
    api.route('GET /', answer);
    api.route('GET /other', answer, { authorizer: Authorizer.function(decide) });
  });
  expect(picture).toContain('client -->|"signs in"| Accounts\n  client --> Api\n');
  expect(picture).toContain('Api -->|"takes tokens of"| Accounts');
  expect(picture).toContain('Api -->|"asks who may call"| Decide');
});

test('a gate looks at what is behind it', () => {
  const picture = drawn((system) => {
    const workQueue = new WorkQueue(system, 'Jobs');
    const gate = new AdmissionControl(system, 'Gate', { workQueue, maxBacklog: 100 });
    new FunctionService(system, 'Take', { handler: HANDLER }).use(gate, Access.READ);
  });
  expect(picture).toContain('Take -->|"asks for room"| Gate');
  expect(picture).toContain('Gate -->|"counts the backlog"| Jobs');
});

test('more labels on one arrow than can be read are counted', () => {
  expect(drawn((system) => {
    const answer = new FunctionService(system, 'Answer', { handler: HANDLER });
    const api = new ApiGateway(system, 'Api');
    ['a', 'b', 'c', 'd', 'e'].forEach((path) => api.route(`GET /${path}`, answer));
  })).toContain('Api -->|"GET /a<br/>GET /b<br/>GET /c<br/>2 more"| Answer');
});

test('what a part keeps in a field is a field that it has', () => {
  const stack = new Stack(new App(), 'Stack');
  Profile.set(stack, Profile.SANDBOX);
  const store = new KeyValueStore(stack, 'Store', { partitionKey: 'id' });
  const parts = [
    new AdmissionControl(stack, 'AdmissionControl', { workQueue: new WorkQueue(stack, 'Jobs'), maxBacklog: 1 }),
    new CacheStrategy(stack, 'CacheStrategy', { cache: new Cache(stack, 'Cache', { network: Network.of(stack) }), store }),
  ];
  const fields = Object.entries(KINDS).flatMap(([concept, kind]) => Object.keys(kind.fields ?? {}).map((field) => `${concept}.${field}`));
  expect(fields).toEqual(parts.flatMap((part) => fields.filter((field) => field.startsWith(part.node.id) && field.split('.')[1]! in part)));
});

describe('an arrow that runs through a box', () => {
  const box = (id: string, x: number) => `<g class="node" data-id="${id}" data-shape="rect">\n  <rect x="${x}" y="0" width="10" height="10" />\n</g>`;
  const arrow = (points: string) => `<polyline class="edge" data-from="A" data-to="C" data-style="solid" points="${points}" fill="none" />`;
  const boxes = [box('A', 0), box('B', 20), box('C', 40)].join('\n');

  test.each([
    ['straight through it', '10,5 40,5', ['A -> C through B']],
    ['along its round end', '10,5 15,5 15,13 30,13 30,40 45,40 45,10', ['A -> C through B']],
    ['around it', '10,5 15,5 15,30 45,30 45,10', []],
  ])('is found: %s', (_, points, found) => {
    expect(crossings(`${boxes}\n${arrow(points)}`)).toEqual(found);
  });
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

  test('is drawn with no arrow through a box', () => {
    const svg = readFileSync(join(__dirname, '../../docs/pictures', `${entry.name}.svg`), 'utf8');
    expect(svg.match(/<g class="node"/g)!.length).toBeGreaterThanOrEqual(boxes.filter(({ shape }) => shape !== 'none').length);
    expect(crossings(svg)).toEqual([]);
  });

  test('has no part that nothing reaches and that reaches nothing', () => {
    const arrows = flowchartOf(entry).split('\n').filter((line) => line.includes('-->'));
    const alone = boxes.filter(({ id, shape }) => shape !== 'none' && !arrows.some((arrow) => new RegExp(`\\b${id}\\b`).test(arrow)));
    expect(alone.map(({ id }) => id)).toEqual([]);
  });
});
