import { Aws } from 'aws-cdk-lib';
import type { Integration } from 'aws-cdk-lib/aws-apigateway';
import { HttpIntegrationSubtype, type HttpRouteIntegration, type IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IHttpTarget } from '../core/http-target';
import type { IRestTarget } from '../core/rest-target';
import { type Finding, RuleError } from '../core/rules';
import { DirectHttpIntegration, type HttpCall } from './direct-http';
import { DirectRestIntegration, type RestCall } from './direct-rest';
import { getItemCall, putItemCall } from './direct-store';
import { RequestValue } from './request-value';

/** How a request becomes a message. */
export interface DirectQueueOptions {
  /**
   * What messages are kept in order by: the message group of a FIFO queue, the tenant of a fair standard queue.
   * @default - none; required for a FIFO queue
   */
  readonly groupBy?: RequestValue;
  /**
   * What tells two sendings of one message apart from two messages, for FIFO queues that do not look at the content.
   * @default - the content, where the queue is set up so
   */
  readonly deduplicateBy?: RequestValue;
}

/** How a request becomes a record of a stream. */
export interface DirectStreamOptions {
  /**
   * What records are kept in order by, and spread over shards by.
   * @default RequestValue.REQUEST_ID - evenly spread, in no order
   */
  readonly partitionBy?: RequestValue;
}

/** How a request becomes an event. */
export interface DirectBusOptions {
  /** Who sends the event: `com.example.shop`. */
  readonly source: string;
  /** What happened: `OrderPlaced`. */
  readonly detailType: string;
}

/** How a request starts a state machine. */
export interface DirectStateMachineOptions {
  /**
   * Waits for the result and answers with it. For express workflows only, 30 s at most.
   * @default false - answers at once with the execution
   */
  readonly wait?: boolean;
}

/** Which item of a table a route is about. */
export interface DirectItemOptions {
  /** The name of the partition key attribute, whose type is text. */
  readonly partitionKey: string;
  /** Its value. */
  readonly partitionValue: RequestValue;
}

/**
 * A service that a route calls itself, with no function between: nothing to run, to pay for or to fail on the way. The
 * body of the request is the message, record, event or input.
 */
export class DirectTarget implements IHttpTarget, IRestTarget {
  /**
   * Puts the body into a queue.
   *
   * @throws RuleError when the queue is FIFO and nothing says by what its messages are grouped
   */
  public static queue(queue: IQueue, options: DirectQueueOptions = {}): DirectTarget {
    if (queue.fifo && !options.groupBy) {
      refused({ code: 'ApiGateway.GroupMissing', given: `the FIFO queue ${queue.node.path} without groupBy`, allowed: 'groupBy, for example RequestValue.path(\'city\')' });
    }
    const grant = (grantee: IGrantable) => {
      queue.encryptionMasterKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
      queue.grant(grantee, 'sqs:SendMessage');
    };
    const field = (name: string, value?: RequestValue) => value ? `&${name}=$util.urlEncode(${quoted(value.restExpression)})` : '';
    return new DirectTarget(queue.node.id, {
      subtype: HttpIntegrationSubtype.SQS_SEND_MESSAGE,
      parameters: {
        QueueUrl: queue.queueUrl,
        MessageBody: '$request.body',
        MessageGroupId: options.groupBy?.httpExpression,
        MessageDeduplicationId: options.deduplicateBy?.httpExpression,
      },
      grant,
    }, {
      service: 'sqs',
      path: `${Aws.ACCOUNT_ID}/${queue.queueName}`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      template: `Action=SendMessage&MessageBody=$util.urlEncode($input.body)${field('MessageGroupId', options.groupBy)}${field('MessageDeduplicationId', options.deduplicateBy)}`,
      ...ACCEPTED,
      grant,
    });
  }

  /** Puts the body into a stream. */
  public static stream(stream: IStream, options: DirectStreamOptions = {}): DirectTarget {
    const key = options.partitionBy ?? RequestValue.REQUEST_ID;
    const grant = (grantee: IGrantable) => {
      stream.encryptionKey?.grant(grantee, 'kms:GenerateDataKey');
      stream.grant(grantee, 'kinesis:PutRecord');
    };
    return new DirectTarget(stream.node.id, {
      subtype: HttpIntegrationSubtype.KINESIS_PUT_RECORD,
      parameters: { StreamName: stream.streamName, Data: '$request.body', PartitionKey: key.httpExpression },
      grant,
    }, {
      service: 'kinesis',
      action: 'PutRecord',
      headers: { 'Content-Type': 'application/x-amz-json-1.1' },
      template: `{"StreamName":"${stream.streamName}","Data":"$util.base64Encode($input.body)","PartitionKey":${escaped(key.restExpression)}}`,
      ...ACCEPTED,
      grant,
    });
  }

  /** Sends the body, a JSON object, as an event. */
  public static eventBus(bus: IEventBus, options: DirectBusOptions): DirectTarget {
    const grant = (grantee: IGrantable) => { bus.grantPutEventsTo(grantee); };
    return new DirectTarget(bus.node.id, {
      subtype: HttpIntegrationSubtype.EVENTBRIDGE_PUT_EVENTS,
      parameters: { EventBusName: bus.eventBusName, Source: options.source, DetailType: options.detailType, Detail: '$request.body' },
      grant,
    }, {
      service: 'events',
      action: 'PutEvents',
      headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'AWSEvents.PutEvents' },
      template: `{"Entries":[{"EventBusName":"${bus.eventBusName}","Source":${JSON.stringify(options.source)},"DetailType":${JSON.stringify(options.detailType)},"Detail":${escaped("$input.json('$')")}}]}`,
      status: '202',
      answer: unless("$input.path('$.FailedEntryCount')!=0", '{}'),
      grant,
    });
  }

  /** Starts a state machine with the body, a JSON document, as its input. */
  public static stateMachine(machine: IStateMachine, options: DirectStateMachineOptions = {}): DirectTarget {
    const action = options.wait ? 'StartSyncExecution' : 'StartExecution';
    const grant = (grantee: IGrantable) => {
      machine.grant(grantee, `states:${action}`);
    };
    return new DirectTarget(machine.node.id, {
      subtype: options.wait
        ? HttpIntegrationSubtype.STEPFUNCTIONS_START_SYNC_EXECUTION
        : HttpIntegrationSubtype.STEPFUNCTIONS_START_EXECUTION,
      parameters: { StateMachineArn: machine.stateMachineArn, Input: '$request.body' },
      grant,
    }, {
      service: 'states',
      action,
      headers: { 'Content-Type': 'application/x-amz-json-1.0' },
      template: `{"stateMachineArn":"${machine.stateMachineArn}","input":${escaped("$input.json('$')")}}`,
      ...options.wait ? { status: '200', answer: unless('$input.path("$.status")!="SUCCEEDED"', "$input.path('$.output')") } : ACCEPTED,
      grant,
    });
  }

  /** Answers with one item of a table as JSON: its text, number and truth attributes. 404 when there is none. REST APIs only. */
  public static getItem(table: ITable, options: DirectItemOptions): DirectTarget {
    return new DirectTarget(table.node.id, undefined, getItemCall(table, options));
  }

  /** Puts one item into a table: the body as text in the attribute `body`, beside its key. REST APIs only. */
  public static putItem(table: ITable, options: DirectItemOptions): DirectTarget {
    return new DirectTarget(table.node.id, undefined, putItemCall(table, options));
  }

  private readonly integrations = new Map<IHttpApi, HttpRouteIntegration>();

  private constructor(
    private readonly id: string,
    private readonly http: HttpCall | undefined,
    private readonly rest: RestCall,
  ) {}

  /**
   * The way an HTTP API calls the service. All routes of the API to it share the integration.
   *
   * @throws RuleError when only REST APIs can call it
   */
  public integrationFor(api: IHttpApi): HttpRouteIntegration {
    if (!this.http) {
      refused({ code: 'ApiGateway.RestOnly', given: `a direct call to the table ${this.id} by an HTTP API`, allowed: 'a route of a RestApiGateway, or a function between' });
    }
    const integration = this.integrations.get(api) ?? new DirectHttpIntegration(this.id, this.http);
    this.integrations.set(api, integration);
    return integration;
  }

  /** The way a REST API calls the service. */
  public restIntegration(): Integration {
    return new DirectRestIntegration(this.rest);
  }
}

const ACCEPTED = { status: '202', answer: '{}' };

/** An answer, or a problem where a service says 200 and means that it failed. */
const unless = (failed: string, answer: string) => [
  `#if(${failed})`,
  '#set($context.responseOverride.status=502)',
  '#set($context.responseOverride.header.Content-Type="application/problem+json")',
  '{"type":"about:blank","title":"Bad Gateway","status":502}',
  '#else',
  answer,
  '#end',
].join('\n');

/** A value as a template has it between other text. */
const quoted = (expression: string) => expression.startsWith('$context') ? `"${expression}"` : expression;

/** A value as a JSON text. Escaping for JavaScript also escapes the single quote, which JSON does not know. */
const escaped = (expression: string) => `"$util.escapeJavaScript(${quoted(expression)}).replaceAll("\\\\'","'")"`;

function refused(finding: Finding): never {
  throw new RuleError('DirectTarget', [finding]);
}
