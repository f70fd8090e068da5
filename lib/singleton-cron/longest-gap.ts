const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const UNITS: Readonly<Record<string, number>> = { minute: MINUTE, hour: HOUR, day: DAY };
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/**
 * The longest time between two runs of a schedule, in seconds: of rates, and of cron expressions that are the same every week.
 * Undefined for all others, which no alarm of CloudWatch can watch for long enough.
 *
 * @param expression as Amazon EventBridge Scheduler has it: `rate(5 minutes)`, `cron(0 3 ? * MON-FRI *)`
 */
export function longestGap(expression: string): number | undefined {
  const [, value, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (value !== undefined) {
    return Number(value) * UNITS[unit!]!;
  }
  const [, fields = ''] = /^cron\((.+)\)$/.exec(expression) ?? [];
  const [minutes, hours, day, month, weekday, year = '*'] = fields.split(' ');
  if (!minutes || !hours || !weekday || ![day, month, year].every((field) => field === '*' || field === '?')) {
    return undefined;
  }
  return gapInWeek(valuesOf(weekday, 1, 7), valuesOf(hours, 0, 23), valuesOf(minutes, 0, 59));
}

function gapInWeek(weekdays: Values, hours: Values, minutes: Values): number | undefined {
  if (!weekdays || !hours || !minutes) {
    return undefined;
  }
  const times = weekdays.flatMap((weekday) => hours.flatMap((hour) => minutes.map((minute) =>
    (weekday - 1) * DAY + hour * HOUR + minute * MINUTE))).sort((a, b) => a - b);
  const next = [...times.slice(1), times[0]! + WEEK];
  return Math.max(...times.map((time, index) => next[index]! - time));
}

type Values = readonly number[] | undefined;

/** The values of one field; undefined when it has more in it than lists, ranges and steps. */
function valuesOf(field: string, min: number, max: number): Values {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [, from, to, step] = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part) ?? [];
    const all = from === '*' || from === '?';
    const first = all ? min : numberOf(from);
    const last = to === undefined ? all || step !== undefined ? max : first : numberOf(to);
    if (!(first >= min && last <= max && first <= last)) {
      return undefined;
    }
    for (let each = first; each <= last; each += Math.max(1, Number(step ?? 1))) {
      values.add(each);
    }
  }
  return [...values];
}

function numberOf(text: string = ''): number {
  const day = DAYS.indexOf(text.toUpperCase());
  return day === -1 ? /^\d+$/.test(text) ? Number(text) : NaN : day + 1;
}
