import { Handler } from '../core/handler';
import { adoptsOrShapes, notManaged, wholeNumber, wholeSeconds } from '../core/checks';
import { isVariable } from '../core/environment';
import type { Rule } from '../core/rules';
import { typed } from '../core/typed';
import type { FunctionServiceProps } from './function-service';

/** What FunctionService refuses. Bounds: AWS Lambda quotas. */
export const FUNCTION_SERVICE_RULES: readonly Rule<FunctionServiceProps>[] = [
  {
    code: 'FunctionService.WrongType',
    first: true,
    check: (props) => typed(props, {
      handler: Handler,
      memorySize: 'number',
      timeout: 'duration',
      maxConcurrency: 'number',
      network: 'construct',
      environment: 'texts',
      logRetention: 'number',
      functionProps: 'object',
      function: 'construct',
    }),
  },
  { code: 'FunctionService.AdoptOrShape', check: (props) => adoptsOrShapes('function', props) },
  {
    code: 'FunctionService.NoCode',
    check: (props) => props.function || props.handler
      ? undefined
      : { given: 'neither handler nor function', allowed: 'handler, to run new code, or function, to adopt an existing one' },
  },
  { code: 'FunctionService.MemorySize', check: (props) => wholeNumber('memorySize', props.memorySize, 128, 10240) },
  { code: 'FunctionService.Timeout', check: (props) => wholeSeconds('timeout', props.timeout, 1, 900) },
  { code: 'FunctionService.MaxConcurrency', check: (props) => wholeNumber('maxConcurrency', props.maxConcurrency, 1, 1_000_000) },
  {
    code: 'FunctionService.EnvironmentName',
    check: ({ environment = {} }) => {
      const wrong = Object.keys(environment).filter((name) => !isVariable(name));
      return wrong.length === 0
        ? undefined
        : { given: `environment has ${wrong.map((name) => `'${name}'`).join(', ')}`, allowed: 'names of letters, digits and _, starting with a letter' };
    },
  },
  {
    code: 'FunctionService.ManagedByTheConstruct',
    check: ({ functionProps }) => notManaged('functionProps', functionProps, ['role', 'tracing', 'logRetention', 'logGroup', 'events', 'vpc'],
      'every other option; network adopts a VPC: new Network(this, id, { vpc }); role, log group and tracing are public fields of the construct, and logRetention would add a custom resource'),
  },
];
