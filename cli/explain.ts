import { CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { type BlueprintEntry, blueprintNamed } from '../blueprints/registry';
import type { Sizing } from '../lib/core/traffic-estimate';
import { built } from './built';
import { boxesOf } from './diagram';
import type { Progress } from './progress';
import { sizingsOf } from './sizes';

/** Tells what a blueprint is, part by part, from the construct tree: to be read before its template. */
export function explain(name: string, progress: Progress): void {
  for (const line of explanation(blueprintNamed(name))) {
    progress.paragraph(line);
  }
}

/** The lines that explain a blueprint. */
export function explanation(entry: BlueprintEntry): string[] {
  const { blueprint, stack } = built(entry);
  const boxes = boxesOf(blueprint).filter(({ construct }) => construct !== undefined);
  const width = Math.max(...boxes.map(({ name }) => name.length));
  const sizes = blueprint.node.findAll().flatMap(sizesAt);
  return [
    `${entry.name}: ${entry.title}`,
    ...section('concepts, where each is in the stack, and what AWS makes of it', boxes.flatMap(({ name, concept, construct }) => [
      `${name.padEnd(width)}  ${concept}, at ${construct!.node.path}`,
      `${' '.repeat(width)}  ${resourcesOf(construct!).join(', ') || 'no resource of its own'}`,
    ])),
    ...section('trade-offs', Object.entries(entry.tradeOffs).map(([about, choice]) => `${about.padEnd(11)}  ${choice}`)),
    ...section(`sizes, for ${estimateInWords(entry)}`, sizes.length > 0
      ? sizes.map(({ path, name, value, unit, arithmetic }) => `${path} ${name} = ${value} ${unit}: ${arithmetic}`)
      : ['nothing is sized: every part bills by use and grows by itself']),
    ...section('proven on a laptop, faults included', entry.provenLocally),
    ...section('what only AWS can show', entry.onlyOnAws),
    '',
    `${Stack.of(blueprint).node.findAll().filter(CfnResource.isCfnResource).length} resources under sandbox; `
      + `services: ${entry.services.join(', ')}`,
    `template: npx cdk synth -c blueprint=${stack.stackName}   picture: npx system-blueprints diagram ${entry.name}`,
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, ...lines.map((line) => `  ${line}`)];
}

function resourcesOf(construct: IConstruct): string[] {
  const counts = new Map<string, number>();
  for (const { cfnResourceType } of construct.node.findAll().filter(CfnResource.isCfnResource)) {
    counts.set(cfnResourceType, (counts.get(cfnResourceType) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => count === 1 ? type : `${count} ${type}`);
}

/** What is sized at a construct, and where that is below its stack. */
function sizesAt(construct: IConstruct): (Sizing & { readonly path: string })[] {
  const path = construct.node.scopes.slice(2).map(({ node }) => node.id).join('/');
  return sizingsOf(construct).map((size) => ({ ...size, path }));
}

function estimateInWords({ estimate }: BlueprintEntry): string {
  const { requestsPerSecond, peakFactor, itemKibibytes, readRatio, p99Milliseconds } = estimate;
  return [
    `${requestsPerSecond} requests/s`, `peak x${peakFactor}`, `${itemKibibytes} KiB an item`, `${Math.round(readRatio * 1000) / 10} % reads`,
    ...p99Milliseconds === undefined ? [] : [`p99 ${p99Milliseconds} ms`],
  ].join(', ');
}
