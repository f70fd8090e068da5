import type { Connections, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** What compute may do with a backing service. */
export enum Access {
  /** Look at data. */
  READ = 'read',
  /** Add, change and remove data; put messages into a queue. */
  WRITE = 'write',
  /** Both. */
  READ_WRITE = 'read-write',
}

/** How a backing service is wired to compute. */
export interface UseOptions {
  /**
   * The name under which the code finds the service: `links` gives environment variables `LINKS_...`.
   * @default - the construct id of the service
   */
  readonly name?: string;
}

/** What compute consumes over the network: a store, a queue, a cache, a stream. */
export interface IBackingService extends IConstruct {
  /** Gives compute the permission, the network path and the address it needs. Called by `compute.use()`. */
  attach(compute: ICompute, access: Access, options?: UseOptions): void;
}

/** A network that compute runs in. */
export interface INetwork extends IConstruct {
  /** The VPC. */
  readonly vpc: IVpc;
  /** Where compute runs: the private tier where there is one, else the isolated one. */
  readonly computeSubnets: SubnetSelection;
  /** Where data lives: the isolated tier, which never has a way to the internet. */
  readonly dataSubnets: SubnetSelection;

  /** Whether compute in it reaches the internet. */
  readonly internet: boolean;

  /** Whether it has IPv6 addresses too; undefined when that is not known. */
  readonly dualStack?: boolean;

  /**
   * Sees to it that what runs in the network reaches a regional AWS service. Called while wiring.
   *
   * @param service the service as its endpoints are named: `sqs`, `kinesis-streams`, `secretsmanager`
   * @param by the compute that needs it
   * @throws RuleError when the network has no way there and may not make one
   */
  reach(service: string, by: ICompute): void;
}

/** What runs code. */
export interface ICompute extends IConstruct, IGrantable {
  /** The network it runs in; undefined when it runs outside, where it reaches every regional service and nothing private. */
  readonly network?: INetwork;

  /** Its security groups; undefined when it runs outside a network. */
  readonly connections?: Connections;

  /** Wires a backing service to this compute in one call: permission, network path, address. */
  use(service: IBackingService, access: Access, options?: UseOptions): void;

  /**
   * Tells the code a value through its environment.
   *
   * @throws RuleError when the variable already has another value
   */
  addEnvironment(name: string, value: string): void;
}

/** The environment variable in which code finds one setting of a service: `Links` and `TABLE_NAME` give `LINKS_TABLE_NAME`. */
export function environmentName(service: IConstruct, setting: string, options: UseOptions = {}): string {
  const words = (options.name ?? service.node.id).replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_');
  return `${words}_${setting}`.toUpperCase();
}

/** Whether an access includes reading. */
export const reads = (access: Access) => access !== Access.WRITE;

/** Whether an access includes writing. */
export const writes = (access: Access) => access !== Access.READ;
