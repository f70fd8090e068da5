export { FanOut, type FanOutProps } from './fan-out';
export { FilterOn, type SubscriptionOptions } from './subscription';
