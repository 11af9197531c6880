/** Showing points in time in the reader's language and zone, and grouping messages by them. */

/** Messages of one author within this many milliseconds stand under one head (interface: five minutes). */
const GROUP_MS = 5 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Making an Intl formatter costs far more than using it. @type {Map<string, Intl.DateTimeFormat>} */
const formatters = new Map();

/**
 * @param {string} locale
 * @param {Intl.DateTimeFormatOptions} options
 * @returns {Intl.DateTimeFormat}
 */
function formatter(locale, options) {
  const key = locale + JSON.stringify(options);
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, found);
  }
  return found;
}

/**
 * "09:14" or "9:14 AM", as the language has it.
 * @param {string | number} at RFC 3339, or milliseconds since the epoch
 * @param {string} locale
 */
export function formatTime(at, locale) {
  return formatter(locale, { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
}

/**
 * The full date and time, for a title attribute or a screen reader.
 * @param {string | number} at
 * @param {string} locale
 */
export function formatDateTime(at, locale) {
  return formatter(locale, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(at));
}

/**
 * "Today", "Yesterday", else the date; the year only when it is another one.
 * @param {string | number} at
 * @param {string} locale
 * @param {number} [now] milliseconds since the epoch
 */
export function formatDay(at, locale, now = Date.now()) {
  const then = new Date(at);
  const days = Math.round((startOfDay(then) - startOfDay(new Date(now))) / DAY_MS);
  if (days === 0 || days === -1) {
    const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(days, 'day');
    return words.charAt(0).toLocaleUpperCase(locale) + words.slice(1);
  }
  return formatDate(at, locale, now);
}

/**
 * The date in the midst of a sentence; the year only when it is another one.
 * @param {string | number} at
 * @param {string} locale
 * @param {number} [now] milliseconds since the epoch
 */
export function formatDate(at, locale, now = Date.now()) {
  const then = new Date(at);
  const sameYear = then.getFullYear() === new Date(now).getFullYear();
  return formatter(locale, { weekday: 'long', day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) })
    .format(then);
}

/** @param {Date} date */
function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/**
 * The local day, "YYYY-MM-DD".
 * @param {string | number} at
 */
export function dayKey(at) {
  const date = new Date(at);
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * Whether a day separator stands before `message`.
 * @param {{created_at: string | number} | undefined} previous
 * @param {{created_at: string | number}} message
 */
export function startsDay(previous, message) {
  return !previous || dayKey(previous.created_at) !== dayKey(message.created_at);
}

/**
 * Whether `message` gets a head with author and time: another author or name, another day, or five minutes later.
 * @param {{user_id: string, username: string, created_at: string | number} | undefined} previous
 * @param {{user_id: string, username: string, created_at: string | number}} message
 */
export function startsGroup(previous, message) {
  if (!previous || startsDay(previous, message)) return true;
  if (previous.user_id !== message.user_id || previous.username !== message.username) return true;
  return new Date(message.created_at).getTime() - new Date(previous.created_at).getTime() > GROUP_MS;
}

/** Steps of a span of time: what it is counted in from so many seconds on. @type {[number, number, Intl.RelativeTimeFormatUnit][]} */
const STEPS = [[365 * 86_400, 365 * 86_400, 'year'], [60 * 86_400, 30 * 86_400, 'month'], [36 * 3600, 86_400, 'day'], [90 * 60, 3600, 'hour'], [90, 60, 'minute'], [0, 1, 'second']];

/** @param {number} seconds @returns {[number, Intl.RelativeTimeFormatUnit]} */
function stepOf(seconds) {
  const [, size, unit] = STEPS.find(([from]) => seconds >= from) ?? [0, 1, /** @type {const} */ ('second')];
  return [Math.round(seconds / size), unit];
}

/**
 * "12 seconds", "3 minutes": how long something takes yet.
 * @param {number} seconds
 * @param {string} locale
 */
export function formatWait(seconds, locale) {
  const [count, unit] = stepOf(seconds);
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/**
 * "now", "5 minutes ago", "in 2 hours".
 * @param {string | number} at
 * @param {string} locale
 * @param {number} [now] milliseconds since the epoch
 */
export function formatRelative(at, locale, now = Date.now()) {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const [count, unit] = stepOf(Math.abs(seconds));
  // Clocks differ a little, and nobody counts the seconds since somebody was here.
  const words = unit === 'second' ? 0 : count * Math.sign(seconds);
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(words, unit);
}

/**
 * The time when it is today, else day and time.
 * @param {string | number} at
 * @param {string} locale
 * @param {number} [now] milliseconds since the epoch
 */
export function formatWhen(at, locale, now = Date.now()) {
  if (dayKey(at) === dayKey(now)) return formatTime(at, locale);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return formatter(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...(sameYear ? {} : { year: 'numeric' }) }).format(new Date(at));
}
