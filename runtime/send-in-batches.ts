import { fullJitter } from './backoff';

/** A message on its way, as the service takes it. */
export interface Outgoing<Message, Request> {
  readonly message: Message;
  readonly request: Request;
  /** What counts towards the size of a call. */
  readonly bytes: number;
}

/** How a service takes messages. */
export interface Sending<Request> {
  /** One call. What it does not name has been sent. */
  readonly send: (requests: Request[]) => Promise<{ readonly Failed?: readonly Refusal[] }>;
  /** The most bytes of one call, all its messages together. */
  readonly mostBytes: number;
  /** Whether the order within each group is kept. */
  readonly ordered: boolean;
  /** How often a message is sent that the service could not take. */
  readonly maxAttempts: number;
  /** Waits so many seconds. */
  readonly wait: (seconds: number) => Promise<unknown>;
}

/** A message that was not taken, as Amazon SQS and Amazon SNS tell it. */
interface Refusal {
  readonly Id?: string;
  readonly Code?: string;
  readonly Message?: string;
  readonly SenderFault?: boolean;
}

/** What was not sent, and why. */
export interface Unsent<Message> {
  readonly messages: readonly Message[];
  readonly reason: string;
}

interface Grouped {
  readonly Id?: string;
  readonly MessageGroupId?: string;
}

interface Failure<Entry> {
  readonly entry: Entry;
  readonly reason: string;
  /** Whether sending it again is of no use. */
  readonly final: boolean;
}

const MOST_MESSAGES = 10;

/**
 * Sends messages ten at a time, and again, after a full-jitter wait, what the service could not take. In order, what comes later
 * in a group is not sent before what comes first in it.
 *
 * @returns what was not sent after all attempts, or is refused for what it is; undefined when everything was
 */
export async function sendInBatches<Message, Request extends Grouped>(
  entries: readonly Outgoing<Message, Request>[], sending: Sending<Request>,
): Promise<Unsent<Message> | undefined> {
  const rounds = sending.ordered ? roundsOf(entries) : [entries];
  for (const [index, round] of rounds.entries()) {
    const failures = await sendRound(round, sending);
    if (failures.length > 0) {
      // What comes later must not overtake.
      const left = [...failures.map(({ entry }) => entry), ...rounds.slice(index + 1).flat()];
      const reasons = new Set(failures.map(({ reason }) => reason));
      return { messages: left.map(({ message }) => message), reason: [...reasons].join('; ') };
    }
  }
  return undefined;
}

/**
 * The group of a message, by one of its attributes.
 *
 * @param what groups it: `queue`
 * @throws TypeError when it lacks the attribute
 */
export function groupOf(message: object, attribute: string, what: string): string {
  const value: unknown = (message as Record<string, unknown>)[attribute];
  if (typeof value !== 'string' && typeof value !== 'number' || value === '') {
    throw new TypeError(`a message has no ${attribute}, by which the ${what} groups its messages`);
  }
  return String(value);
}

async function sendRound<Message, Request extends Grouped>(
  entries: readonly Outgoing<Message, Request>[], sending: Sending<Request>,
): Promise<Failure<Outgoing<Message, Request>>[]> {
  const refused: Failure<Outgoing<Message, Request>>[] = [];
  for (let attempt = 1, pending = entries; ; attempt++) {
    const failures = (await Promise.all(batchesOf(pending, sending.mostBytes).map((batch) => sendBatch(batch, sending)))).flat();
    refused.push(...failures.filter(({ final }) => final));
    const again = failures.filter(({ final }) => !final);
    if (again.length === 0 || attempt >= sending.maxAttempts) {
      return [...refused, ...again];
    }
    await sending.wait(fullJitter(attempt, { firstDelaySeconds: 1, maxDelaySeconds: 5 }));
    pending = again.map(({ entry }) => entry);
  }
}

async function sendBatch<Entry extends { readonly request: Request }, Request extends Grouped>(
  entries: readonly Entry[], { send }: Sending<Request>,
): Promise<Failure<Entry>[]> {
  try {
    const { Failed = [] } = await send(entries.map(({ request }) => request));
    return Failed.map(({ Id, Message, Code, SenderFault }) => ({
      entry: entries.find(({ request }) => request.Id === Id)!, reason: Message ?? Code ?? 'unknown', final: SenderFault ?? false,
    }));
  } catch (error) {
    return entries.map((entry) => ({ entry, reason: error instanceof Error ? error.message : String(error), final: false }));
  }
}

/** The first message of every group, then the second ones: within a round nothing can overtake. */
function roundsOf<Entry extends { readonly request: Grouped }>(entries: readonly Entry[]): Entry[][] {
  const rounds: Entry[][] = [];
  const seen = new Map<string, number>();
  for (const entry of entries) {
    const group = entry.request.MessageGroupId!;
    const position = seen.get(group) ?? 0;
    seen.set(group, position + 1);
    (rounds[position] ??= []).push(entry);
  }
  return rounds;
}

function batchesOf<Entry extends { readonly bytes: number }>(entries: readonly Entry[], mostBytes: number): Entry[][] {
  const batches: Entry[][] = [];
  let total = Infinity;
  for (const entry of entries) {
    const last = batches.at(-1);
    if (last && last.length < MOST_MESSAGES && total + entry.bytes <= mostBytes) {
      last.push(entry);
      total += entry.bytes;
    } else {
      batches.push([entry]);
      total = entry.bytes;
    }
  }
  return batches;
}
