import { Construct } from 'constructs';

/**
 * Whether a value is a FunctionService. Not `instanceof`: who asks need not load that concept, and the library may be
 * installed twice.
 */
export const isFunctionService = (value: unknown): boolean =>
  Construct.isConstruct(value) && 'grantInvoke' in value && 'visibilityFactor' in value && 'function' in value;
