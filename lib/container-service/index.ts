export { ContainerService } from './container-service';
export { type ContainerHealth, type ContainerScaling, type ContainerServiceProps } from './container-service-props';
export { type BlueGreenOptions, Deployment, type ShiftOptions } from './deployment';
export { TaskSize } from './task-size';
