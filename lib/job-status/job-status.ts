import { Duration } from 'aws-cdk-lib';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ITable, TableOptionsV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { ApiGateway, Throttle } from '../api-gateway/index';
import { Handler } from '../core/handler';
import { enforce, refuse } from '../core/rules';
import type { TrafficEstimate } from '../core/traffic-estimate';
import { Access, environmentName, type IBackingService, type ICompute, type UseOptions } from '../core/wiring';
import { FunctionService } from '../function-service/index';
import { KeyValueStore } from '../key-value-store/index';
import { JOB_STATUS_RULES } from './job-status-rules';
import { tableTraffic } from './table-traffic';

/** What a JobStatus keeps, and how clients ask. */
export interface JobStatusProps {
  /**
   * How long a job is kept after its last change. Whole seconds, 1 s to 365 days.
   * @default Duration.days(7)
   */
  readonly retention?: Duration;
  /**
   * How long clients are asked to wait between two questions (`Retry-After`). Whole seconds, 1 s to 1 day.
   * @default Duration.seconds(2)
   */
  readonly pollInterval?: Duration;
  /**
   * The path below which clients find jobs, as they see it.
   * @default '/jobs'
   */
  readonly path?: string;
  /**
   * The claim of the token, or the field of the context of a Lambda authorizer, that tells who asks: a job that has an owner is
   * found by its owner only. 1 to 256 bytes.
   * @default 'sub'
   */
  readonly ownerClaim?: string;
  /**
   * Jobs (its writes) and questions for them (its reads). Ceilings of on-demand capacity follow from it.
   * @default - not known: no ceilings
   */
  readonly traffic?: TrafficEstimate;
  /**
   * Jobs may be deleted with the stack. Honoured under SANDBOX only.
   * @default false
   */
  readonly disposable?: boolean;
  /**
   * Anything else of the inner table, applied last.
   * @default - nothing else
   */
  readonly tableProps?: TableOptionsV2;
  /**
   * An existing table to adopt: partition key `id` (text), time to live `expiresAt`. Nothing is created but what answers clients.
   * @default - a new table
   */
  readonly table?: ITable;
}

/** How the question for a job is guarded. */
export interface JobRouteOptions {
  /**
   * Who may ask: an `Authorizer`, or one of the CDK's own.
   * @default - the default authorizer of the API, or everybody who knows the id of a job
   */
  readonly authorizer?: IHttpRouteAuthorizer;
  /**
   * The scopes that the authorizer asks for.
   * @default - none
   */
  readonly scopes?: string[];
  /**
   * How many questions are accepted, within what all routes together accept.
   * @default - only what holds for all routes together
   */
  readonly throttle?: Throttle;
}

/**
 * Where long work stands: a request is answered 202 at once, and `GET /jobs/{id}` tells how its job is doing until it has
 * succeeded or failed. A DynamoDB table of jobs that forgets, and `Jobs` of `cdk-system-blueprints/runtime/job-status` in the
 * code.
 */
export class JobStatus extends Construct implements IBackingService {
  /** The jobs. */
  public readonly store: KeyValueStore;
  /** The table behind them. */
  public readonly table: ITable;

  private readonly props: JobStatusProps;
  private reader?: FunctionService;

  /** @throws RuleError when the props break a rule of this concept; all of them are named at once */
  constructor(scope: Construct, id: string, props: JobStatusProps = {}) {
    super(scope, id);
    enforce(this, JOB_STATUS_RULES, props);
    this.props = props;
    const { table, traffic, disposable, tableProps } = props;
    const shape = { partitionKey: 'id', timeToLive: 'expiresAt', traffic: traffic && tableTraffic(traffic), disposable, tableProps };
    this.store = new KeyValueStore(this, 'State', table ? { table } : shape);
    this.table = this.store.table;
    this.node.defaultChild = this.store.node.defaultChild;
  }

  /** What answers `GET /jobs/{id}`; undefined before the first `route`. */
  public get service(): FunctionService | undefined {
    return this.reader;
  }

  /**
   * Lets compute create jobs and change their state (`Access.WRITE`), or look at them (`Access.READ`). It finds the table in
   * `<NAME>_TABLE_NAME` and the settings in `<NAME>_JOBS`, which `jobSettings` of the runtime reads. What creates jobs under
   * ids that may exist already needs both.
   */
  public attach(compute: ICompute, access: Access, options?: UseOptions): void {
    this.store.attach(compute, access, { name: options?.name ?? this.node.id });
    const { retention = Duration.days(7), pollInterval = Duration.seconds(2), path = '/jobs' } = this.props;
    compute.addEnvironment(environmentName(this, 'JOBS', options), [retention.toSeconds(), pollInterval.toSeconds(), path].join(','));
  }

  /**
   * Has an API answer `GET /jobs/{id}`, by a function that this construct brings along: one for all APIs.
   *
   * @returns the function
   * @throws RuleError when the route is taken, the options break a rule of the API, or its version belongs into `path`
   */
  public route(api: ApiGateway, options: JobRouteOptions = {}): FunctionService {
    const { path = '/jobs', ownerClaim } = this.props;
    const reader = this.reader ?? this.createReader(ownerClaim);
    this.reader = reader;
    // The first of several words takes the place of a version that the API may have.
    const [first, ...others] = path.split('/').slice(1);
    const asked = others.length > 0 ? { version: first!, words: others } : { words: [first!] };
    const route = api.route(`GET /${asked.words.join('/')}/{id}`, reader, { ...options, version: asked.version });
    if (route.path !== `${path}/{id}`) {
      refuse(this, 'JobStatus.PathOfVersion', `${api.node.path} serves ${path}/{id} at ${route.path}`,
        `path: '${route.path!.slice(0, -'/{id}'.length)}', so that clients are told the same`);
    }
    return reader;
  }

  private createReader(ownerClaim: string = 'sub'): FunctionService {
    const reader = new FunctionService(this, 'Status', { handler: Handler.of('runtime/job-status'), environment: { JOB_OWNER_CLAIM: ownerClaim } });
    reader.use(this, Access.READ, { name: 'JOBS' });
    return reader;
  }
}
