import { Duration, Size } from 'aws-cdk-lib';
import { round, TrafficEstimate, type TrafficEstimateProps } from '../../../lib/core/traffic-estimate';
import { codesOf, refusedBy } from '../../support/stacks';

test('the shortest estimate has the usual numbers beside its rate', () => {
  const estimate = new TrafficEstimate({ requestsPerSecond: 100 });
  expect(estimate).toMatchObject({ requestsPerSecond: 100, peakFactor: 3, readRatio: 0.5, p99: undefined });
  expect(estimate.itemSize.toBytes()).toBe(1024);
});

test('every number can be told', () => {
  const p99 = Duration.millis(200);
  const itemSize = Size.bytes(300);
  expect(new TrafficEstimate({ requestsPerSecond: 0.1, peakFactor: 1, itemSize, readRatio: 1, p99 }))
    .toMatchObject({ requestsPerSecond: 0.1, peakFactor: 1, itemSize, readRatio: 1, p99 });
});

test.each([
  [{ requestsPerSecond: 100 }, 300, 150, 150],
  [{ requestsPerSecond: 1000, peakFactor: 5, readRatio: 0.9 }, 5000, 4500, 500],
  [{ requestsPerSecond: 10, peakFactor: 1, readRatio: 0 }, 10, 0, 10],
  [{ requestsPerSecond: 10, peakFactor: 1.5, readRatio: 1 }, 15, 15, 0],
  // 1000 * (1 - 0.95) is 50.000000000000044.
  [{ requestsPerSecond: 200, peakFactor: 5, readRatio: 0.95 }, 1000, 950, 50],
])('%j peaks at %d requests: %d reads and %d writes', (props, requests, reads, writes) => {
  const estimate = new TrafficEstimate(props);
  expect(estimate.peakRequestsPerSecond).toBe(requests);
  expect(estimate.peakReadsPerSecond).toBe(reads);
  expect(estimate.peakWritesPerSecond).toBe(writes);
});

describe('it refuses', () => {
  const number = { requestsPerSecond: 1 };

  test.each<[unknown, string, string]>([
    [undefined, 'WrongType', 'props is undefined'],
    [5, 'WrongType', 'props is 5'],
    [{}, 'RequestsPerSecond', 'requestsPerSecond is undefined'],
    [{ requestsPerSecond: 0 }, 'RequestsPerSecond', 'requestsPerSecond is 0'],
    [{ requestsPerSecond: -1 }, 'RequestsPerSecond', 'requestsPerSecond is -1'],
    [{ requestsPerSecond: NaN }, 'RequestsPerSecond', 'requestsPerSecond is NaN'],
    [{ requestsPerSecond: 2e9 }, 'RequestsPerSecond', 'requestsPerSecond is 2000000000'],
    [{ requestsPerSecond: '100' }, 'RequestsPerSecond', "requestsPerSecond is '100'"],
    [{ ...number, peakFactor: 0.5 }, 'PeakFactor', 'peakFactor is 0.5'],
    [{ ...number, peakFactor: 20_000 }, 'PeakFactor', 'peakFactor is 20000'],
    [{ ...number, itemSize: 1024 }, 'ItemSize', 'itemSize is 1024'],
    [{ ...number, itemSize: Size.bytes(0) }, 'ItemSize', 'itemSize is an object'],
    [{ ...number, readRatio: 90 }, 'ReadRatio', 'readRatio is 90'],
    [{ ...number, readRatio: -0.1 }, 'ReadRatio', 'readRatio is -0.1'],
    [{ ...number, p99: 200 }, 'P99', 'p99 is 200'],
    [{ ...number, p99: Duration.millis(0) }, 'P99', 'p99 is an object'],
  ])('%j as %s', (props, what, given) => {
    expect(refusedBy(() => new TrafficEstimate(props as TrafficEstimateProps)))
      .toEqual([{ code: `TrafficEstimate.${what}`, given, allowed: expect.any(String) }]);
  });

  test('everything at once', () => {
    expect(codesOf(() => new TrafficEstimate({ requestsPerSecond: 0, peakFactor: 0, readRatio: 2 })))
      .toEqual(['TrafficEstimate.RequestsPerSecond', 'TrafficEstimate.PeakFactor', 'TrafficEstimate.ReadRatio']);
  });
});

test.each([
  [0, '0'], [0.00012345, '0.000123'], [0.5, '0.5'], [1 / 3, '0.333'], [2.9296, '2.93'], [99.96, '100'], [123.4, '123'], [1_234_567.8, '1234568'],
])('arithmetic shows %d as %s', (value, shown) => {
  expect(round(value)).toBe(shown);
});
