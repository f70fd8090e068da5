export { ObjectEvent, type ObjectFilter } from './object-event';
export { ObjectStore, type ObjectStoreProps } from './object-store';
export { type Tiering } from './tiering';
