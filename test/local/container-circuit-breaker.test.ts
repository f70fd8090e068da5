import { DeploymentCircuitBreaker } from '../../local/container-circuit-breaker';

/** How many tasks have to fail one after another. */
function failuresUntilOpen(desired: number): number {
  const breaker = new DeploymentCircuitBreaker(desired);
  let failures = 0;
  while (!breaker.open.aborted) {
    breaker.failed(new Error('broken'));
    failures += 1;
  }
  return failures;
}

test.each([[1, 3], [3, 3], [6, 3], [7, 4], [20, 10], [1_000, 200]])('of %d tasks %d may fail one after another', (desired, failures) => {
  expect(failuresUntilOpen(desired)).toBe(failures);
});

test('a task that becomes well between them starts the count again', () => {
  const breaker = new DeploymentCircuitBreaker(2);
  ['first', 'second'].forEach((message) => breaker.failed(new Error(message)));
  breaker.succeeded();
  ['third', 'fourth'].forEach((message) => breaker.failed(new Error(message)));
  expect(breaker.open.aborted).toBe(false);
  breaker.failed(new Error('fifth'));
  expect(breaker.open.aborted).toBe(true);
  expect(breaker.reason).toBe('5 tasks failed. fifth');
});

test('who gives up because it is open is no further failure', () => {
  const breaker = new DeploymentCircuitBreaker(2);
  ['first', 'second', 'third', 'given up'].forEach((message) => breaker.failed(new Error(message)));
  expect(breaker.reason).toBe('3 tasks failed. third');
});
