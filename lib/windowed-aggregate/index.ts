export { WindowedAggregate, type WindowedAggregateProps } from './windowed-aggregate';
