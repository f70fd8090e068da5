export { Alarms } from './alarms';
export { Handler } from './handler';
export { Profile } from './profile';
export { Access, type IBackingService, type ICompute, type UseOptions } from './wiring';
