export { AdmissionControl } from './admission-control';
export { type AdmissionControlProps } from './admission-control-props';
