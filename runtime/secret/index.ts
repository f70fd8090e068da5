export { SecretReader, type SecretReaderOptions, type Secrets } from './reader';
export {
  type RotatedSecrets, type RotationEvent, type RotationSteps, secretRotation, type SecretRotationHandler,
} from './rotation';
export { secretArn } from './settings';
