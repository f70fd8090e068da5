import { Duration, Lazy, Size, Token } from 'aws-cdk-lib';
import { Table, TableClass } from 'aws-cdk-lib/aws-dynamodb';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ApiGateway, Authorizer } from '../../../lib/api-gateway';
import { Access, Profile, TrafficEstimate } from '../../../lib/core';
import { FunctionService } from '../../../lib/function-service';
import { JobStatus, type JobStatusProps } from '../../../lib/job-status';
import { JOB_STATUS_RULES } from '../../../lib/job-status/job-status-rules';
import { jobSettings } from '../../../runtime/job-status';
import { codesOf, HANDLER, namesOf, onlyOne, refusedBy, resourcesOf, stackWith, statementsOf, templateOf } from '../../support/stacks';
import { pinnedTable } from '../../support/tables';

const TABLE = 'AWS::DynamoDB::GlobalTable';
const FUNCTION = 'AWS::Lambda::Function';

const variablesOf = ({ Environment }: Record<string, unknown>) =>
  (Environment as { readonly Variables: Record<string, unknown> }).Variables;

describe('the shortest call', () => {
  test.each([['no feature flags', {}], ['the recommended feature flags', flags]])('makes one table that forgets, under %s', (_, context) => {
    const stack = stackWith(Profile.SANDBOX, { context });
    const jobs = new JobStatus(stack, 'Jobs');
    expect(templateOf(stack).Outputs).toBeUndefined();
    expect(resourcesOf(stack)).toEqual({
      JobsStateTable: pinnedTable({ partitionKey: 'id', expiresBy: 'expiresAt' }),
    });
    expect(jobs.node.defaultChild).toBe(jobs.table);
    expect(jobs.store.table).toBe(jobs.table);
    expect(jobs.service).toBeUndefined();
  });

  test('under PRODUCTION adds recovery, protection and an alarm', () => {
    const stack = stackWith(Profile.PRODUCTION);
    new JobStatus(stack, 'Jobs');
    const { JobsStateTable, JobsStateThrottlesAlarm, ...others } = resourcesOf(stack);
    expect(others).toEqual({});
    expect(JobsStateTable).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
    });
    expect(JobsStateThrottlesAlarm).toMatchObject({ Type: 'AWS::CloudWatch::Alarm' });
  });
});

test('every prop shapes the table, the settings or the answers', () => {
  const stack = stackWith();
  const jobs = new JobStatus(stack, 'Jobs', {
    retention: Duration.days(30), pollInterval: Duration.seconds(10), path: '/v2/work', ownerClaim: 'email', disposable: true,
    traffic: new TrafficEstimate({ requestsPerSecond: 10, peakFactor: 2, itemSize: Size.kibibytes(1), readRatio: 0.5 }),
    tableProps: { tableClass: TableClass.STANDARD_INFREQUENT_ACCESS },
  });
  const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
  worker.use(jobs, Access.WRITE);
  jobs.route(new ApiGateway(stack, 'Api'));
  const { JobsStateTable, WorkerFunction, JobsStatusFunction } = resourcesOf(stack);
  expect(JobsStateTable).toMatchObject({
    DeletionPolicy: 'Delete',
    Properties: {
      // 10 jobs a second at most, three writes each; 10 questions, strongly consistent; twice that for what the estimate misses.
      Replicas: [{ TableClass: 'STANDARD_INFREQUENT_ACCESS', ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 20 } }],
      WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 60 },
    },
  });
  expect(variablesOf(WorkerFunction!.Properties)).toMatchObject({ JOBS_JOBS: '2592000,10,/v2/work' });
  expect(variablesOf(JobsStatusFunction!.Properties)).toMatchObject({ JOBS_JOBS: '2592000,10,/v2/work', JOB_OWNER_CLAIM: 'email' });
  expect(onlyOne(stack, 'AWS::ApiGatewayV2::Route').RouteKey).toBe('GET /v2/work/{id}');
});

describe('wiring', () => {
  test('gives the table and the settings, which the runtime reads', () => {
    const stack = stackWith();
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
    worker.use(new JobStatus(stack, 'ImageJobs'), Access.WRITE);
    const variables = variablesOf(onlyOne(stack, FUNCTION));
    expect(variables).toMatchObject({ IMAGE_JOBS_TABLE_NAME: { Ref: 'ImageJobsStateTable' }, IMAGE_JOBS_JOBS: '604800,2,/jobs' });
    const environment = { ...variables as Record<string, string>, IMAGE_JOBS_TABLE_NAME: 'table' };
    expect(jobSettings('IMAGE_JOBS', environment)).toEqual({ tableName: 'table', retentionSeconds: 604_800, pollSeconds: 2, path: '/jobs' });
    expect(statementsOf(stack).flatMap(({ Action, Resource }) => JSON.stringify(Resource).includes('StateTable') ? Action : [])).toEqual([
      'dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:DescribeTable', 'dynamodb:PutItem', 'dynamodb:UpdateItem',
    ]);
  });

  test('under another name, to read', () => {
    const stack = stackWith();
    const reader = new FunctionService(stack, 'Reader', { handler: HANDLER });
    reader.use(new JobStatus(stack, 'A'), Access.READ, { name: 'jobs' });
    expect(Object.keys(variablesOf(onlyOne(stack, FUNCTION)))).toEqual(expect.arrayContaining(['JOBS_TABLE_NAME', 'JOBS_JOBS']));
    expect(JSON.stringify(statementsOf(stack))).toContain('dynamodb:GetItem');
    expect(JSON.stringify(statementsOf(stack))).not.toContain('dynamodb:PutItem');
  });

  test('two of them in one stack, used by the same compute', () => {
    const stack = stackWith();
    const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
    ['Images', 'Reports'].forEach((id) => worker.use(new JobStatus(stack, id), Access.WRITE));
    expect(namesOf(stack, TABLE)).toEqual(['ImagesStateTable', 'ReportsStateTable']);
    expect(Object.keys(variablesOf(onlyOne(stack, FUNCTION)))).toEqual(expect.arrayContaining(['IMAGES_JOBS', 'REPORTS_JOBS']));
  });
});

describe('the route', () => {
  test('is answered by one function that may only read, for every API', () => {
    const stack = stackWith();
    const jobs = new JobStatus(stack, 'Jobs');
    const service = jobs.route(new ApiGateway(stack, 'Api'));
    expect(jobs.route(new ApiGateway(stack, 'Internal'))).toBe(service);
    expect(jobs.service).toBe(service);
    expect(namesOf(stack, FUNCTION)).toEqual(['JobsStatusFunction']);
    const routes = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route');
    expect(routes.map(({ Properties }) => Properties.RouteKey)).toEqual(['GET /jobs/{id}', 'GET /jobs/{id}']);
    expect(variablesOf(onlyOne(stack, FUNCTION))).toMatchObject({
      JOBS_TABLE_NAME: { Ref: 'JobsStateTable' }, JOBS_JOBS: '604800,2,/jobs', JOB_OWNER_CLAIM: 'sub',
    });
    expect(JSON.stringify(statementsOf(stack))).not.toContain('dynamodb:UpdateItem');
  });

  test('is guarded as the options say', () => {
    const stack = stackWith();
    const authorizer = Authorizer.jwt({ issuer: 'https://issuer.example.com', audience: ['app'] });
    new JobStatus(stack, 'Jobs').route(new ApiGateway(stack, 'Api'), {
      authorizer, scopes: ['jobs'], throttle: { ratePerSecond: 5, burst: 10 },
    });
    expect(onlyOne(stack, 'AWS::ApiGatewayV2::Route')).toMatchObject({ AuthorizationType: 'JWT', AuthorizationScopes: ['jobs'] });
    expect(onlyOne(stack, 'AWS::ApiGatewayV2::Stage')).toMatchObject({
      RouteSettings: { 'GET /jobs/{id}': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 } },
    });
  });

  test('stands under the version of the API, when the path says so', () => {
    const stack = stackWith();
    new JobStatus(stack, 'Jobs', { path: '/v1/jobs' }).route(new ApiGateway(stack, 'Api', { version: 'v1' }));
    expect(onlyOne(stack, 'AWS::ApiGatewayV2::Route').RouteKey).toBe('GET /v1/jobs/{id}');
  });

  test('is refused where clients would be told another path', () => {
    const stack = stackWith();
    expect(refusedBy(() => new JobStatus(stack, 'Jobs').route(new ApiGateway(stack, 'Api', { version: 'v1' })))).toEqual([{
      code: 'JobStatus.PathOfVersion', given: 'Stack/Api serves /jobs/{id} at /v1/jobs/{id}',
      allowed: "path: '/v1/jobs', so that clients are told the same",
    }]);
  });
});

test('adopts a table', () => {
  const stack = stackWith();
  const table = Table.fromTableName(stack, 'Imported', 'jobs');
  const jobs = new JobStatus(stack, 'Jobs', { table, retention: Duration.hours(1), path: '/tasks' });
  const worker = new FunctionService(stack, 'Worker', { handler: HANDLER });
  worker.use(jobs, Access.READ_WRITE);
  expect(jobs.table).toBe(table);
  expect(jobs.node.defaultChild).toBeUndefined();
  expect(namesOf(stack, TABLE)).toEqual([]);
  expect(variablesOf(onlyOne(stack, FUNCTION))).toMatchObject({ JOBS_TABLE_NAME: 'jobs', JOBS_JOBS: '3600,2,/tasks' });
  expect(JSON.stringify(statementsOf(stack))).toContain(':table/jobs');
});

describe('it refuses', () => {
  const table = Table.fromTableName(stackWith(), 'Imported', 'jobs');
  const late = Duration.seconds(Lazy.number({ produce: () => 5 }));
  const BROKEN: readonly [string, JobStatusProps, string][] = [
    ['JobStatus.WrongType', { retention: 5 as unknown as Duration }, 'retention is 5'],
    ['JobStatus.AdoptOrShape', { table, disposable: true }, 'table together with disposable'],
    ['JobStatus.AdoptOrShape', { table, tableProps: {} }, 'table together with tableProps'],
    ['JobStatus.Retention', { retention: Duration.days(366) }, 'retention is 31622400 s'],
    ['JobStatus.Retention', { retention: late }, 'retention is known only at deployment'],
    ['JobStatus.PollInterval', { pollInterval: Duration.millis(500) }, 'pollInterval is 0.5 s'],
    ['JobStatus.PollInterval', { pollInterval: late }, 'pollInterval is known only at deployment'],
    ['JobStatus.Path', { path: 'jobs' }, "path is 'jobs'"],
    ['JobStatus.Path', { path: '/jobs/' }, "path is '/jobs/'"],
    ['JobStatus.Path', { path: '/jobs/{kind}' }, "path is '/jobs/{kind}'"],
    ['JobStatus.OwnerClaim', { ownerClaim: '' }, "ownerClaim is ''"],
  ];

  test.each(BROKEN)('%s', (code, props, given) => {
    const findings = refusedBy(() => new JobStatus(stackWith(), 'Jobs', props));
    expect(findings).toEqual([{ code, given, allowed: expect.any(String) as string }]);
  });

  test('a path that is known only at deployment', () => {
    expect(codesOf(() => new JobStatus(stackWith(), 'Jobs', { path: Token.asString({ Ref: 'Path' }) }))).toEqual(['JobStatus.Path']);
  });

  test('in every way that it has', () => {
    expect(new Set(BROKEN.map(([code]) => code))).toEqual(new Set(JOB_STATUS_RULES.map(({ code }) => code)));
  });

  test('everything at once', () => {
    const wrong = { retention: Duration.days(366), pollInterval: Duration.days(2), table, disposable: false };
    expect(codesOf(() => new JobStatus(stackWith(), 'Jobs', wrong))).toEqual([
      'JobStatus.AdoptOrShape', 'JobStatus.Retention', 'JobStatus.PollInterval',
    ]);
  });
});
