export { AdmissionControl, type AdmissionControlOptions, type AdmitOptions } from './admission-control';
export { BacklogGate, type BacklogGateOptions } from './backlog-gate';
export { ConcurrencyGate, type ConcurrencyGateOptions } from './concurrency-gate';
export { OverloadedError, overloadedProblem } from './errors';
export { type Arrival, type Gate } from './gate';
export { admissionSettings, type AdmissionSettings } from './settings';
