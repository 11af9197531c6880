/** Pure rules about how long a room may keep what is said there. */

/** @typedef {import('../protocol.js').RoomRetention} RoomRetention */
/** @typedef {'days' | 'messages'} Limit */

/** What may be chosen, of which the last is without end. */
const PERIODS = [7, 30, 90, 365, 0];
const COUNTS = [100, 1000, 10_000, 100_000, 0];

/**
 * What a room may be told to keep: null is as the chat does, 0 without end; the present choice is always among them.
 * @param {RoomRetention} retention
 * @param {Limit} limit
 * @returns {(number | null)[]}
 */
export function limitsFor(retention, limit) {
  const { [limit]: own, chat: { [limit]: whole }, may_keep_more: mayKeepMore } = retention;
  const isLess = (/** @type {number} */ value) => value !== 0 && (whole === undefined || value < whole);
  // Without end is what the chat does, where it has no limit; and what is just so long is what it does, too.
  const isMore = (/** @type {number} */ value) => mayKeepMore && whole !== undefined && (value === 0 || value > whole);
  const free = (limit === 'days' ? PERIODS : COUNTS).filter((value) => isLess(value) || isMore(value));
  const all = own === undefined || free.includes(own) ? free : [...free, own];
  return [null, ...all.sort((one, other) => (one || Infinity) - (other || Infinity))];
}
