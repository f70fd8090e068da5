import { Arn, ArnFormat } from 'aws-cdk-lib';
import { Port } from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ExistingCache } from './existing-cache';

/** As whom a client signs in, and how. */
export interface CacheLogin {
  /** The name of the user; part of the secret when undefined. */
  readonly user?: string;
  /** The ARN of the user that a role has to be allowed to connect as; undefined when a password is used. */
  readonly userArn?: string;
  /** The user and its password; undefined when IAM is used. */
  readonly secret?: ISecret;
}

/** A cache as its clients see it, whether it was made here or not. */
export interface CacheFace {
  readonly endpoint: string;
  readonly port: number;
  readonly readerEndpoint?: string;
  readonly readerPort?: number;
  readonly clusterMode: boolean;
  readonly tls: boolean;
  /** Tokens of IAM are signed in another way for serverless caches. */
  readonly serverless: boolean;
  /** The name by which tokens of IAM, and metrics, know it. */
  readonly name?: string;
  /** The ARN that a role has to be allowed to connect to. */
  readonly arn?: string;
  /** As whom every client signs in, when the cache exists already. */
  readonly login?: CacheLogin;
}

/** An existing cache as its clients see it. */
export function faceOf({ cacheArn, userArn, secret, port = 6379, ...existing }: ExistingCache): CacheFace {
  return {
    endpoint: existing.endpoint,
    port,
    readerEndpoint: existing.readerEndpoint,
    readerPort: existing.readerEndpoint === undefined ? undefined : existing.readerPort ?? port,
    clusterMode: existing.clusterMode ?? false,
    tls: existing.tls ?? true,
    serverless: cacheArn?.includes(':serverlesscache:') ?? false,
    name: cacheArn && nameIn(cacheArn),
    arn: cacheArn,
    login: userArn === undefined ? secret && { secret } : { user: nameIn(userArn), userArn },
  };
}

/** The ports that clients have to reach. Neighbours are one range, which takes one rule of a security group. */
export function portsOf({ port, readerPort = port }: CacheFace): Port[] {
  if (port === readerPort) {
    return [Port.tcp(port)];
  }
  return readerPort === port + 1 ? [Port.tcpRange(port, readerPort)] : [Port.tcp(port), Port.tcp(readerPort)];
}

const nameIn = (arn: string) => Arn.split(arn, ArnFormat.COLON_RESOURCE_NAME).resourceName;
