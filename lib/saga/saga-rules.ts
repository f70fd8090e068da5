import { notManaged, wholeNumber, wholeSeconds } from '../core/checks';
import { isFunctionService } from '../core/is-function-service';
import type { Refusal, Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { SagaProps } from './saga';
import { completeStepRetry, type SagaStep, type StepRetry } from './saga-step';

const DAY = 24 * 60 * 60;
const MOST_STEPS = 50;

/** What Saga refuses. Bounds: Amazon States Language and quotas of AWS Step Functions. */
export const SAGA_RULES: readonly Rule<SagaProps>[] = [
  {
    code: 'Saga.WrongType',
    first: true,
    check: (props) => typed(props, { steps: 'objects', undoRetry: RETRY, logRetention: 'number', stateMachineProps: 'object' })
      ?? firstOf(props.steps, (step, at) => typed<Pick<SagaStep, 'name' | 'retry'>>(step, { name: 'text', retry: RETRY }) && {
        given: `${at} has a name or a retry of another type`, allowed: 'name: text, retry: an object of a number and Durations',
      }),
  },
  {
    code: 'Saga.NotAFunction',
    check: ({ steps }) => firstOf(steps, (step, at) => {
      const wrong = (['do', 'undo'] as const).find((kind) => (kind === 'do' || step.undo !== undefined) && !isFunctionService(step[kind]));
      return wrong && { given: `${at}.${wrong} is ${show(step[wrong])}`, allowed: 'a FunctionService; what runs in containers is called by one' };
    }),
  },
  {
    code: 'Saga.Steps',
    check: ({ steps = [] }) => steps.length >= 1 && steps.length <= MOST_STEPS
      ? undefined
      : { given: `${steps.length} steps`, allowed: `1 to ${MOST_STEPS} steps` },
  },
  {
    code: 'Saga.StepName',
    check: ({ steps }) => firstOf(steps, ({ name }, at) => typeof name === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,59}$/.test(name)
      ? undefined
      : { given: `${at}.name is ${show(name)}`, allowed: 'a letter, then up to 59 letters, digits and _' }),
  },
  {
    code: 'Saga.StepTwice',
    check: ({ steps = [] }) => {
      const names = steps.map(({ name }) => name);
      const twice = names.find((name, index) => names.indexOf(name) < index);
      return twice === undefined ? undefined : { given: `two steps are called '${twice}'`, allowed: 'each name once' };
    },
  },
  { code: 'Saga.Retry', check: ({ steps }) => firstOf(steps, ({ retry }, at) => wrongRetry(`${at}.retry`, retry)) },
  { code: 'Saga.UndoRetry', check: ({ undoRetry }) => wrongRetry('undoRetry', undoRetry) },
  {
    code: 'Saga.ManagedByTheConstruct',
    check: ({ stateMachineProps }) => notManaged('stateMachineProps', stateMachineProps, [
      'definition', 'definitionBody', 'definitionSubstitutions', 'role', 'queryLanguage', 'stateMachineType', 'logs', 'tracingEnabled', 'timeout',
    ], 'every other option; a timeout of the whole would end it in between with nothing undone: bound the steps by the timeouts of their functions and by retry'),
  },
];

const RETRY = { maxAttempts: 'number', firstDelay: 'duration', maxDelay: 'duration' } as const;

function firstOf(
  steps: readonly SagaStep[] | undefined, check: (step: SagaStep, at: string) => Refusal | undefined,
): Refusal | undefined {
  for (const [index, step] of (steps ?? []).entries()) {
    const refusal = check(step, `steps[${index}]`);
    if (refusal) {
      return refusal;
    }
  }
  return undefined;
}

function wrongRetry(prop: string, retry?: StepRetry): Refusal | undefined {
  const { firstDelay, maxDelay } = completeStepRetry(retry);
  return wholeNumber(`${prop}.maxAttempts`, retry?.maxAttempts, 1, 100)
    ?? wholeSeconds(`${prop}.firstDelay`, retry?.firstDelay, 1, DAY)
    ?? wholeSeconds(`${prop}.maxDelay`, retry?.maxDelay, 1, DAY)
    ?? (!firstDelay.isUnresolved() && !maxDelay.isUnresolved() && firstDelay.toMilliseconds() > maxDelay.toMilliseconds()
      ? { given: `${prop} waits ${firstDelay.toHumanString()} first and ${maxDelay.toHumanString()} at most`, allowed: 'a first delay no longer than the longest' }
      : undefined);
}
