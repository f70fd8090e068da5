import { Duration, Size } from 'aws-cdk-lib';
import { type Finding, RuleError } from './rules';
import { isObject, show } from './show';

/** The back-of-the-envelope numbers of a system. */
export interface TrafficEstimateProps {
  /** Requests, messages or records per second, on average over a day. */
  readonly requestsPerSecond: number;
  /**
   * How many times the average the busiest seconds see, 1 or more.
   * @default 3
   */
  readonly peakFactor?: number;
  /**
   * The size of one item, message or record.
   * @default Size.kibibytes(1)
   */
  readonly itemSize?: Size;
  /**
   * The share of requests that only read, 0 to 1.
   * @default 0.5
   */
  readonly readRatio?: number;
  /**
   * The time within which 99 of 100 callers must have their answer.
   * @default - nobody waits
   */
  readonly p99?: Duration;
}

/**
 * What a system has to carry. Constructs that are given one derive their sizes from it and keep the arithmetic in `sizing`.
 */
export class TrafficEstimate {
  /** Requests per second, on average. */
  public readonly requestsPerSecond: number;
  /** How many times the average the busiest seconds see. */
  public readonly peakFactor: number;
  /** The size of one item. */
  public readonly itemSize: Size;
  /** The share of requests that only read, 0 to 1. */
  public readonly readRatio: number;
  /** The time within which 99 of 100 callers must have their answer; undefined when nobody waits. */
  public readonly p99?: Duration;

  /** @throws RuleError when a number is out of its bounds; all of them are named at once */
  constructor(props: TrafficEstimateProps) {
    const findings = isObject(props) ? wrongNumbers(props) : [finding('WrongType', `props is ${show(props)}`, 'an object')];
    if (findings.length > 0) {
      throw new RuleError('TrafficEstimate', findings);
    }
    this.requestsPerSecond = props.requestsPerSecond;
    this.peakFactor = props.peakFactor ?? 3;
    this.itemSize = props.itemSize ?? Size.kibibytes(1);
    this.readRatio = props.readRatio ?? 0.5;
    this.p99 = props.p99;
  }

  /** The same traffic where nobody waits for it: behind a queue. */
  public withoutDeadline(): TrafficEstimate {
    const { requestsPerSecond, peakFactor, itemSize, readRatio } = this;
    return new TrafficEstimate({ requestsPerSecond, peakFactor, itemSize, readRatio });
  }

  /** Requests per second in the busiest seconds. */
  public get peakRequestsPerSecond(): number {
    return exact(this.requestsPerSecond * this.peakFactor);
  }

  /** Reads per second in the busiest seconds. */
  public get peakReadsPerSecond(): number {
    return exact(this.peakRequestsPerSecond * this.readRatio);
  }

  /** Writes per second in the busiest seconds. */
  public get peakWritesPerSecond(): number {
    return exact(this.peakRequestsPerSecond * (1 - this.readRatio));
  }
}

/** A size that follows from a traffic estimate, and how. */
export interface Sizing {
  /** What is sized: `shards`, `maxConcurrency`. */
  readonly name: string;
  /** The size. */
  readonly value: number;
  /** What the size counts: `shards`, `GB`, `read request units/s`. */
  readonly unit: string;
  /** How it follows, as one reads it aloud: `1500 writes/s x 2 KiB = 2.9 MiB/s; 1 MiB/s a shard -> 3`. */
  readonly arithmetic: string;
}

/** 200 * (1 - 0.95) is 10.000000000000009, which rounded up would be one more than what is needed. */
const exact = (value: number): number => Number(value.toPrecision(12));

/** A number as arithmetic shows it: three significant digits at most, no exponent. */
export function round(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

function wrongNumbers({ requestsPerSecond, peakFactor = 1, itemSize, readRatio = 0, p99 }: TrafficEstimateProps): Finding[] {
  const number = (value: unknown, min: number, max: number) => typeof value === 'number' && value >= min && value <= max;
  return [
    number(requestsPerSecond, Number.MIN_VALUE, 1e9)
      ? [] : finding('RequestsPerSecond', `requestsPerSecond is ${show(requestsPerSecond)}`, 'a number above 0, up to 1000000000'),
    number(peakFactor, 1, 10_000) ? [] : finding('PeakFactor', `peakFactor is ${show(peakFactor)}`, 'a number from 1 to 10000'),
    itemSize === undefined || itemSize instanceof Size && itemSize.toBytes() > 0
      ? [] : finding('ItemSize', `itemSize is ${show(itemSize)}`, 'a Size above 0, for example Size.kibibytes(2)'),
    number(readRatio, 0, 1) ? [] : finding('ReadRatio', `readRatio is ${show(readRatio)}`, 'a number from 0 (only writes) to 1 (only reads)'),
    p99 === undefined || p99 instanceof Duration && p99.toMilliseconds() > 0
      ? [] : finding('P99', `p99 is ${show(p99)}`, 'a Duration above 0, for example Duration.millis(200)'),
  ].flat();
}

const finding = (what: string, given: string, allowed: string): Finding => ({ code: `TrafficEstimate.${what}`, given, allowed });
