import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../clock';
import { UploadStateError } from './errors';
import type { Upload, UploadStatus } from './upload';

/** How long the row of an upload is kept that came to nothing, in seconds. */
export const KEPT_SECONDS = 7 * 24 * 60 * 60;

/** What UploadStates works with. */
export interface UploadStatesOptions {
  readonly documents: Pick<DynamoDBDocumentClient, 'send'>;
  /** The table of the uploads: `tableName('<NAME>')`. */
  readonly tableName: string;
  /** @default - the clock of the machine */
  readonly clock?: Pick<Clock, 'now'>;
}

/** An object that has arrived. */
export interface ArrivedObject {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  readonly etag: string;
}

/** The states of uploads. Every change is one conditional write, so that of several who try at once one makes it. */
export class UploadStates {
  private readonly clock: Pick<Clock, 'now'>;

  constructor(private readonly options: UploadStatesOptions) {
    this.clock = options.clock ?? systemClock;
  }

  /** An upload as it stands; one whose time is over is EXPIRED, whether it is marked so already or not. */
  public async find(id: string): Promise<Upload | undefined> {
    const get = new GetCommand({ TableName: this.options.tableName, Key: { id }, ConsistentRead: true });
    const upload = (await this.options.documents.send(get)).Item as Upload | undefined;
    return upload?.status === 'PENDING' && upload.expiresAt <= this.seconds() ? { ...upload, status: 'EXPIRED' } : upload;
  }

  /** Notes an upload that was announced. */
  public async announce(upload: Upload): Promise<void> {
    await this.options.documents.send(new PutCommand({
      TableName: this.options.tableName, Item: upload, ConditionExpression: 'attribute_not_exists(id)',
    }));
  }

  /**
   * Notes that the object of an upload has arrived: UPLOADED, or FAILED when it has another size than announced.
   *
   * @returns the upload as it stands, also when that was noted before; undefined when nobody waits for the object any more
   */
  public async arrived(id: string, { key, size, etag }: ArrivedObject): Promise<Upload | undefined> {
    const upload = await this.find(id);
    if (upload?.key !== key || upload.status === 'EXPIRED') {
      return undefined;
    }
    if (upload.status !== 'PENDING') {
      return upload;
    }
    const set = size === upload.size
      ? { status: 'UPLOADED', etag }
      : { status: 'FAILED', etag, reason: `the object has ${size} bytes instead of ${upload.size}` };
    const condition = '#status = :pending AND #expiresAt > :now';
    const changed = await this.change(id, set, ['purgeAt', 'multipart'], condition, { ':pending': 'PENDING', ':now': this.seconds() });
    return changed ?? this.arrived(id, { key, size, etag });
  }

  /** Notes that an upload was handed to what processes it. */
  public async handedOver(id: string): Promise<void> {
    await this.change(id, { handedOver: true }, [], 'attribute_exists(id)', {});
  }

  /**
   * Marks an upload as processed. One that had failed may become READY after all, by a redrive.
   *
   * @returns whether this call did it; false when it was READY before
   * @throws UploadStateError when the object has not arrived
   */
  public ready(id: string): Promise<boolean> {
    return this.end(id, 'READY', { status: 'READY' }, ['reason'], ['UPLOADED', 'FAILED']);
  }

  /**
   * Marks an upload as failed.
   *
   * @param reason for the client: what is wrong with the object
   * @returns whether this call did it; false when it had FAILED before
   * @throws UploadStateError when the object has not arrived, or is READY
   */
  public failed(id: string, reason: string): Promise<boolean> {
    return this.end(id, 'FAILED', { status: 'FAILED', reason }, [], ['UPLOADED']);
  }

  /** Marks an upload that never came. @returns whether this call did it */
  public async expired(id: string): Promise<boolean> {
    const condition = '#status = :pending AND #expiresAt <= :now';
    const values = { ':pending': 'PENDING', ':now': this.seconds() };
    return await this.change(id, { status: 'EXPIRED' }, ['multipart'], condition, values) !== undefined;
  }

  /** Forgets an upload whose object has not arrived. @returns whether there was one */
  public async cancel(id: string): Promise<boolean> {
    const remove = new DeleteCommand({
      TableName: this.options.tableName, Key: { id }, ConditionExpression: '#status = :pending',
      ExpressionAttributeNames: { '#status': 'status' }, ExpressionAttributeValues: { ':pending': 'PENDING' },
    });
    return await unlessRefused(async () => { await this.options.documents.send(remove); return true; }) ?? false;
  }

  private async end(
    id: string, wanted: UploadStatus, set: Record<string, unknown>, remove: string[], from: readonly UploadStatus[],
  ): Promise<boolean> {
    const values = Object.fromEntries(from.map((status, index) => [`:from${index}`, status]));
    const condition = `#status IN (${Object.keys(values).join(', ')})`;
    if (await this.change(id, set, remove, condition, values)) {
      return true;
    }
    const status = (await this.find(id))?.status;
    if (status !== wanted) {
      throw new UploadStateError(id, status, wanted);
    }
    return false;
  }

  /** One conditional write; resolves to the row after it, or to undefined when the condition did not hold. */
  private change(
    id: string, set: Record<string, unknown>, remove: string[], condition: string, values: Record<string, unknown>,
  ): Promise<Upload | undefined> {
    const sets = Object.keys(set).map((name) => `#${name} = :${name}`).join(', ');
    const removes = remove.length > 0 ? ` REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : '';
    const names = [...Object.keys(set), ...remove, ...condition.match(/(?<=#)\w+/g) ?? []];
    return unlessRefused(async () => {
      const { Attributes } = await this.options.documents.send(new UpdateCommand({
        TableName: this.options.tableName,
        Key: { id },
        UpdateExpression: `SET ${sets}${removes}`,
        ConditionExpression: condition,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: { ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])), ...values },
        ReturnValues: 'ALL_NEW',
      }));
      return Attributes as Upload;
    });
  }

  private seconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }
}

async function unlessRefused<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') {
      return undefined;
    }
    throw error;
  }
}
