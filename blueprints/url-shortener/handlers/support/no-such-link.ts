import { Problem } from '../../../../runtime';

/** The answer for a link that never was and for one that is over: a visitor learns nothing from the difference. */
export function noSuchLink(): Problem {
  return new Problem({ status: 404, detail: 'There is no such link.' });
}
