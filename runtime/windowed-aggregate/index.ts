export { InvalidMeasurementError } from './errors';
export type { Measurement } from './measurement';
export { windowOfRow } from './rows';
export { windowedSettings, type WindowedSettings } from './settings';
export { mean, type Totals } from './totals';
export { windowConsumer, type WindowConsumerOptions } from './window-consumer';
export { rollUp, sliding, type TimeWindow, WindowReader, type WindowReaderOptions, type WindowRange } from './window-reader';
export { type Applied, type ShardRecord, WindowedAggregate, type WindowedAggregateOptions } from './windowed-aggregate';
