import { type Environment, readSetting, wiredBy } from '../environment';

/** A fan-out as a publisher sees it. */
export interface FanOutTarget {
  readonly topicArn: string;
  /** The attribute of a message that names its group, where order is kept. */
  readonly orderBy?: string;
}

/**
 * A fan-out with what groups its messages, from `<NAME>_TOPIC_ARN` and `<NAME>_ORDER_BY`.
 *
 * @param name what it is wired under, for example `NEWS`
 * @throws MissingSettingError when it is not wired to this function
 */
export function fanOutTarget(name: string, environment: Environment = process.env): FanOutTarget {
  return {
    topicArn: readSetting(`${name}_TOPIC_ARN`, wiredBy('fanOut', name), environment),
    orderBy: environment[`${name}_ORDER_BY`],
  };
}
