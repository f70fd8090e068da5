import type { Stack } from 'aws-cdk-lib';
import { FunctionService } from '../../../lib/function-service';
import { HANDLER } from '../stacks';

/** Something whose template must keep every law. */
export interface Case {
  readonly name: string;
  readonly build: (stack: Stack) => void;
}

/** Compute to wire a case with. */
export const worker = (stack: Stack) => new FunctionService(stack, 'Worker', { handler: HANDLER });
