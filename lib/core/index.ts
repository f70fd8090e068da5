export { Alarms } from './alarms';
export { Handler } from './handler';
export { type IHttpTarget } from './http-target';
export { Profile } from './profile';
export { type IQueueWorker, type QueueSource } from './queue-worker';
export { type Sizing, TrafficEstimate, type TrafficEstimateProps } from './traffic-estimate';
export { Access, type IBackingService, type ICompute, type INetwork, type UseOptions } from './wiring';
