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
