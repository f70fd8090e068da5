import type { Rule } from '../core/rules';
import { show } from '../core/show';
import { typed } from '../core/typed';
import type { PriorityWorkQueueProps } from './priority-work-queue';

const isName = (name: unknown) => typeof name === 'string' && /^[A-Za-z][A-Za-z0-9-]{0,30}$/.test(name);

/** What PriorityWorkQueue refuses. */
export const PRIORITY_WORK_QUEUE_RULES: readonly Rule<PriorityWorkQueueProps>[] = [
  { code: 'PriorityWorkQueue.WrongType', first: true, check: (props) => typed(props, { levels: 'objects', queue: 'object' }) },
  {
    code: 'PriorityWorkQueue.Levels',
    check: ({ levels = [] }) => levels.length >= 2 && levels.length <= 5
      ? undefined
      : { given: `${levels.length} levels`, allowed: '2 to 5 levels' },
  },
  {
    code: 'PriorityWorkQueue.LevelName',
    check: ({ levels = [] }) => {
      const wrong = levels.filter(({ name }) => !isName(name));
      return wrong.length === 0
        ? undefined
        : { given: `levels are named ${wrong.map(({ name }) => show(name)).join(', ')}`, allowed: 'a letter, then up to 30 letters, digits and -' };
    },
  },
  {
    code: 'PriorityWorkQueue.LevelTwice',
    check: ({ levels = [] }) => {
      const names = levels.map(({ name }) => String(name).toUpperCase());
      return new Set(names).size === names.length ? undefined : { given: `levels are ${names.join(', ')}`, allowed: 'each name once' };
    },
  },
  {
    code: 'PriorityWorkQueue.Share',
    check: ({ levels = [] }) => {
      const wrong = levels.filter(({ share }) => share !== undefined && !(typeof share === 'number' && share > 0 && share <= 1000));
      return wrong.length === 0
        ? undefined
        : { given: `share is ${wrong.map(({ share }) => show(share)).join(', ')}`, allowed: 'a number above 0, up to 1000' };
    },
  },
  {
    code: 'PriorityWorkQueue.AdoptsOneQueue',
    check: ({ queue }) => queue?.queue ?? queue?.deadLetterQueue
      ? { given: 'queue.queue', allowed: 'new queues only: one existing queue cannot be several levels' }
      : undefined,
  },
];
