export { FunctionService, type FunctionServiceProps } from './function-service';
