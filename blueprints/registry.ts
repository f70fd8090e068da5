import type { Construct } from 'constructs';
import { nearest } from '../lib/core/nearest';
import type { IBlueprint } from './blueprint';
import type { Scenario } from './scenario';

/** What the catalogue knows of a blueprint without loading it. */
export interface BlueprintEntry {
  /** The name of its folder, its stack, and its command: `npm start -- <name>`. */
  readonly name: string;
  /** What it is, in one line. */
  readonly title: string;
  /** The concepts it is composed of. */
  readonly concepts: readonly string[];
  /** The AWS services behind them. */
  readonly services: readonly string[];
  /** What its scenario proves on a laptop. */
  readonly provenLocally: readonly string[];
  /** What only AWS itself can show. */
  readonly onlyOnAws: readonly string[];
  /** Loads the blueprint and puts it into a scope, with data that may go with a sandbox. */
  readonly create: (scope: Construct) => IBlueprint;
  /** Loads its executable acceptance. */
  readonly scenario: () => Scenario;
}

/* eslint-disable @typescript-eslint/no-require-imports -- a blueprint is loaded when it is asked for, not with the catalogue */

/** Every blueprint by name. Loading the catalogue loads none of them, so that synthesis does not slow down as it grows. */
export const BLUEPRINTS: readonly BlueprintEntry[] = [
  {
    name: 'url-shortener',
    title: 'Short links that redirect, expire and count every click exactly once',
    concepts: ['ApiGateway', 'FunctionService', 'Idempotency', 'KeyValueStore', 'WorkQueue'],
    services: ['API Gateway', 'Lambda', 'DynamoDB', 'SQS', 'CloudWatch Logs'],
    provenLocally: [
      'idempotent creation', 'collision-free slugs', 'expiry at read', 'refusal of bad input', 'exact counting under duplicates',
      'backoff, dead letters and redrive', 'recovery from a crashed worker', 'IAM grants of the functions', 'clean teardown',
    ],
    onlyOnAws: ['throttling', 'deletion of expired items', 'access logs', 'traces', 'alarms'],
    create: (scope) => {
      const { UrlShortener } = require('./url-shortener') as typeof import('./url-shortener');
      return new UrlShortener(scope, 'UrlShortener', { disposable: true });
    },
    scenario: () => (require('./url-shortener/scenario') as typeof import('./url-shortener/scenario')).SCENARIO,
  },
];

/** A name that no blueprint has. The message tells which exist; it is meant for people and needs no stack trace. */
export class UnknownBlueprintError extends Error {
  public override readonly name = 'UnknownBlueprintError';

  constructor(given: string) {
    const names = BLUEPRINTS.map(({ name }) => name);
    const hint = nearest(given, names);
    super(`there is no blueprint '${given}'${hint ? `; did you mean ${hint}?` : ''}\nblueprints: ${names.join(', ')}`);
  }
}

/**
 * The blueprint of that name.
 *
 * @throws UnknownBlueprintError
 */
export function blueprintNamed(name: string): BlueprintEntry {
  const entry = BLUEPRINTS.find((candidate) => candidate.name === name);
  if (!entry) {
    throw new UnknownBlueprintError(name);
  }
  return entry;
}
