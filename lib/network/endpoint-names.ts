import { InterfaceVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2';
import { nearest } from '../core/nearest';
import type { Refusal } from '../core/rules';
import { show } from '../core/show';

/** What is wrong with the name of an endpoint. Names that the CDK does not know pass, since AWS adds services. */
export function wrongEndpointName(service: unknown): Refusal | undefined {
  if (typeof service === 'string' && /^[a-z0-9]+([.-][a-z0-9]+)*$/.test(service) && !service.startsWith('com.amazonaws.')) {
    return undefined;
  }
  const short = typeof service === 'string' ? service.toLowerCase().replace(/^com\.amazonaws\.([a-z]{2}(-[a-z]+)+-\d\.)?/, '') : '';
  return {
    given: `endpoint ${show(service)}${short && didYouMean(short)}`,
    allowed: 'the name of an endpoint of AWS without its prefix, in lower-case letters, digits, dots and dashes: sqs, ecr.api, kinesis-streams',
  };
}

/** A hint for a name that the CDK does not know, or undefined when it knows it. */
export function unknownEndpointName(service: string): string | undefined {
  return knownNames().includes(service)
    ? undefined
    : `no service ${service} is known to have an endpoint${didYouMean(service)}; if AWS has added one, acknowledge this`;
}

function didYouMean(service: string): string {
  const names = knownNames().filter((name) => !name.endsWith('-fips'));
  const longer = names.filter((name) => name.startsWith(`${service}-`) || name.startsWith(`${service}.`));
  const near = nearest(service, names);
  const hints = names.includes(service) || longer.length === 0 ? near && [near] : longer;
  return hints ? ` (did you mean ${hints.slice(0, 3).join(' or ')}?)` : '';
}

const knownNames = () => Object.values(InterfaceVpcEndpointAwsService as unknown as Record<string, unknown>)
  .flatMap((each) => each instanceof InterfaceVpcEndpointAwsService ? [each.shortName] : []);
