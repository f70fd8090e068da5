import { type DeleteCommand, type PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { callbackUrl } from '../../runtime/environment';
import { type ConnectionEvent, connectionsHandler } from '../../runtime/handlers/web-socket-connections';
import { Connections } from '../../runtime/web-socket';

const NOW = new Date('2026-11-22T12:00:00.500Z');
const SECONDS = NOW.getTime() / 1000;

/** A table that answers queries page by page and keeps what it was sent. */
function fakeTable(pages: string[][] = []) {
  const sent: { name: string; input: Record<string, unknown> }[] = [];
  const client = {
    send: async (command: PutCommand | DeleteCommand | QueryCommand) => {
      sent.push({ name: command.constructor.name, input: command.input as unknown as Record<string, unknown> });
      const page = sent.filter(({ name }) => name === 'QueryCommand').length - 1;
      return command instanceof QueryCommand
        ? {
          Items: pages[page]?.map((connectionId) => ({ connectionId })),
          LastEvaluatedKey: page + 1 < pages.length ? { page } : undefined,
        }
        : {};
    },
  };
  const warnings: unknown[] = [];
  const logger = { info: () => undefined, warn: (...all: unknown[]) => { warnings.push(all); }, error: () => undefined };
  const connections = new Connections({ client: client as never, tableName: 'connections', logger: logger as never, now: () => NOW });
  return { connections, sent, warnings, forgotten: () => sent.flatMap(({ name, input }) => name === 'DeleteCommand' ? [input.Key] : []) };
}

const error = (name: string, httpStatusCode?: number) => Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

describe('connections', () => {
  test('are remembered until they are surely closed', async () => {
    const { connections, sent } = fakeTable();
    await connections.remember('a', 'room', 60);
    expect(sent).toEqual([{ name: 'PutCommand', input: { TableName: 'connections', Item: { connectionId: 'a', group: 'room', expiresAt: Math.ceil(SECONDS) + 60 } } }]);
  });

  test('of a group come page by page, without those that have expired but are still there', async () => {
    const { connections, sent } = fakeTable([['a', 'b'], ['c']]);
    const pages: string[][] = [];
    for await (const page of connections.of('room')) {
      pages.push(page);
    }
    expect(pages).toEqual([['a', 'b'], ['c']]);
    expect(sent.map(({ input }) => input.ExclusiveStartKey)).toEqual([undefined, { page: 0 }]);
    expect(sent[0]?.input).toMatchObject({ IndexName: 'group', ExpressionAttributeValues: { ':group': 'room', ':now': Math.floor(SECONDS) } });
  });
});

describe('a broadcast', () => {
  test('reaches every connection of the group, on all pages', async () => {
    const { connections } = fakeTable([['a', 'b'], ['c']]);
    const heard: [string, string][] = [];
    const result = await connections.broadcast('room', { text: 'hello' }, async (id, data) => { heard.push([id, data]); });
    expect(result).toEqual({ sent: 3, gone: 0, failed: 0 });
    expect(heard).toEqual(['a', 'b', 'c'].map((id) => [id, '{"text":"hello"}']));
  });

  test('forgets connections that are gone, and only those', async () => {
    const { connections, forgotten, warnings } = fakeTable([['gone', 'closed', 'slow', 'open']]);
    const outcome: Record<string, Error> = { gone: error('GoneException'), closed: error('Unknown', 410), slow: error('LimitExceededException', 429) };
    const result = await connections.broadcast('room', 'hello', async (id) => {
      if (outcome[id]) {
        throw outcome[id];
      }
    });
    expect(result).toEqual({ sent: 1, gone: 2, failed: 1 });
    expect(forgotten()).toEqual([{ connectionId: 'gone' }, { connectionId: 'closed' }]);
    expect(warnings).toHaveLength(1);
  });

  test('never has more than 50 messages on their way', async () => {
    const { connections } = fakeTable([Array.from({ length: 120 }, (_, index) => String(index))]);
    let now = 0;
    let most = 0;
    await connections.broadcast('room', 'hello', async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
    });
    expect(most).toBe(50);
  });
});

describe('the keeper of the table', () => {
  const keep = async (event: object) => {
    const calls: unknown[] = [];
    const handler = connectionsHandler({
      remember: async (...all) => { calls.push(all); },
      forget: async (...all) => { calls.push(all); },
    }, 60);
    expect(await handler(event as ConnectionEvent)).toEqual({ statusCode: 200 });
    return calls;
  };
  const connect = (more: object = {}, context: object = {}) => ({ requestContext: { connectionId: 'a', eventType: 'CONNECT', ...context }, ...more });

  test.each<[string, object, string]>([
    ['everybody', connect(), 'all'],
    ['the group it asks for', connect({ queryStringParameters: { group: 'room' } }), 'room'],
    ['everybody for an empty name', connect({ queryStringParameters: { group: '' } }), 'all'],
    ['the group that the authorizer says, whatever it asks for', connect({ queryStringParameters: { group: 'admins' } }, { authorizer: { group: 'room' } }), 'room'],
    ['everybody when the authorizer says none', connect({ queryStringParameters: { group: 'admins' } }, { authorizer: { principalId: 'ada' } }), 'all'],
  ])('remembers a client that connects among %s', async (_, event, group) => {
    expect(await keep(event)).toEqual([['a', group, 60]]);
  });

  test('forgets a client that has gone', async () => {
    expect(await keep({ requestContext: { connectionId: 'a', eventType: 'DISCONNECT' } })).toEqual([['a']]);
  });
});

test('the address to send by is found in the environment, or the call that sets it is named', () => {
  expect(callbackUrl('LIVE', { LIVE_CALLBACK_URL: 'https://abc.example.com/live' })).toBe('https://abc.example.com/live');
  expect(() => callbackUrl('LIVE', {})).toThrow(/^LIVE_CALLBACK_URL is not set; it is set by compute\.use\(gateway, access, \{ name: 'LIVE' \}\)/);
});
