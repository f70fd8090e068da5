export { eventOf } from '../event-store/record';
export { RebuildSupersededError } from './errors';
export { Projection, type ProjectionOptions, type Rebuilt, type RebuildOptions } from './projection';
export { type Row, type RowChange, type RowKey } from './rows';
export { type QueryOptions, View, type ViewOptions } from './view';
