import * as assert from 'node:assert/strict';
import type { LogLine } from './scenario-tools';

/** Asserts that an answer is a problem document of that status (RFC 9457). */
export async function assertProblem(response: Response, statuses: readonly number[], what: string): Promise<void> {
  assert.ok(statuses.includes(response.status), `${what} answered ${response.status} instead of ${statuses.join(' or ')}`);
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/, `${what} answered without a problem document`);
  const problem = await response.json() as { status: number; title: string };
  assert.equal(problem.status, response.status, `${what}: the problem document names another status`);
  assert.ok(problem.title, `${what}: the problem document has no title`);
}

/**
 * Asserts that the attempts of each message keep their distance, and that the distance grows; returns the mean gaps in
 * seconds. With full jitter a single message may well come back sooner the second time than the first; over forty
 * messages the means of what was drawn differ by five standard deviations or more.
 *
 * @param attemptsOfMessages the lines 'attempt failed' of each message, of a queue whose first delay is 1 s
 */
export function assertGrowingGaps(attemptsOfMessages: readonly (readonly LogLine[])[]): number[] {
  const perGap = Array.from({ length: attemptsOfMessages[0]!.length - 1 }, (_, i) => attemptsOfMessages.map((lines) => ({
    drawn: Number(lines[i]!.delaySeconds),
    waited: (lines[i + 1]!.loggedAt - lines[i]!.loggedAt) / 1000,
  })));
  for (const [i, gaps] of perGap.entries()) {
    assert.ok(gaps.every(({ drawn }) => drawn >= 1 && drawn <= 2 ** i), `a wait above the ceiling of ${2 ** i} s`);
    assert.ok(gaps.every(({ drawn, waited }) => waited > drawn - 1), 'a message came back before its time');
  }
  const drawn = perGap.map((gaps) => mean(gaps.map((gap) => gap.drawn)));
  const waited = perGap.map((gaps) => mean(gaps.map((gap) => gap.waited)));
  assert.ok(drawn.every((gap, i) => i === 0 || gap > drawn[i - 1]!), `the waits do not grow: ${inSeconds(drawn)}`);
  // The difference, since a busy machine adds the same to every gap.
  assert.ok(waited.at(-1)! - waited[0]! > 1.5, `the gaps do not grow: ${inSeconds(waited)}`);
  return waited;
}

/** Seconds as evidence shows them: `1.0, 1.6 s`. */
export const inSeconds = (values: readonly number[]) => `${values.map((value) => value.toFixed(1)).join(', ')} s`;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
