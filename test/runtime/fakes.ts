import type { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSRecord } from 'aws-lambda';
import type { HttpRequest, LogFields, StructuredLogger } from '../../runtime';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps what is logged. */
export class RecordingLogger implements StructuredLogger {
  public readonly lines: LogLine[] = [];
  public readonly info = this.recorder('info');
  public readonly warn = this.recorder('warn');
  public readonly error = this.recorder('error');

  private recorder(level: LogLine['level']) {
    return (message: string, fields: LogFields) => void this.lines.push({ level, message, fields });
  }
}

/** A queue client that keeps the input of every command, and can be told to refuse. */
export function fakeSqs(refusal?: Error) {
  const inputs: ChangeMessageVisibilityCommand['input'][] = [];
  const send = async (command: { input: ChangeMessageVisibilityCommand['input'] }) => {
    inputs.push(command.input);
    if (refusal) {
      throw refusal;
    }
    return {};
  };
  return { inputs, send: send as unknown as SQSClient['send'] };
}

export function sqsRecord(messageId: string, body: string, receiveCount: number | string = 1): SQSRecord {
  return {
    messageId,
    receiptHandle: `receipt-of-${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: '0',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:clicks',
    awsRegion: 'eu-west-1',
  };
}

type RequestParts = Partial<Pick<HttpRequest, 'headers' | 'body' | 'isBase64Encoded' | 'pathParameters'>>
  & Partial<Pick<HttpRequest['requestContext'], 'requestId' | 'domainName' | 'stage'>>;

export function httpRequest(parts: RequestParts = {}): HttpRequest {
  const { requestId = 'request-1', domainName = 'api.example.net', stage = '$default', ...request } = parts;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: '',
    headers: {},
    isBase64Encoded: false,
    requestContext: { requestId, domainName, stage } as HttpRequest['requestContext'],
    ...request,
  };
}

export const CONTEXT = { getRemainingTimeInMillis: () => 10_000 } as Context;
