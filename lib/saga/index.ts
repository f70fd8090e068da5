export { Saga, type SagaProps } from './saga';
export { type SagaStep, type StepRetry } from './saga-step';
