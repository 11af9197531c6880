/** Pure rules about what is kept and what goes, as the host's panel shows it. */

import { formatDate } from './time.js';

/** @typedef {import('../upkeep-types.js').Backup} Backup */
/** @typedef {import('../protocol.js').Erased} Erased */
/** @typedef {import('../types.js').Translate} Translate */
/** @typedef {import('../upkeep-types.js').Expected} Expected */

/**
 * What is known of a backup: the newest word on it counts, and one that failed is not proven, whatever was before.
 * @param {Pick<Backup, 'proven_at' | 'failed'>} backup
 * @returns {'proven' | 'failed' | 'waiting'} waiting: it is still to be proven
 */
export function proofOf({ proven_at, failed }) {
  if (failed !== undefined) return 'failed';
  return proven_at === undefined ? 'waiting' : 'proven';
}

/**
 * When a backup goes; empty where no limit says.
 * @param {Translate} t
 * @param {string} locale
 * @param {string | undefined} at
 * @param {number} [now] milliseconds since the epoch
 */
export function goesWords(t, locale, at, now = Date.now()) {
  if (at === undefined) return '';
  return new Date(at).getTime() <= now ? t('backups.goes_next') : t('backups.goes', { day: formatDate(at, locale, now) });
}

/**
 * What backups can still hold of what was erased, and until when.
 * @param {Translate} t
 * @param {string} locale
 * @param {Erased | undefined} erased
 * @param {number} [now] milliseconds since the epoch
 */
export function copiesWords(t, locale, erased, now = Date.now()) {
  if (erased === undefined) return t('cleanup.copies_none');
  const { backups: count, until } = erased;
  const hold = t('cleanup.copies_hold', { count });
  if (until === undefined) return `${hold} ${t('cleanup.copies_open', { count })}`;
  if (new Date(until).getTime() <= now) return `${hold} ${t('cleanup.copies_next', { count })}`;
  return `${hold} ${t('cleanup.copies_until', { count, day: formatDate(until, locale, now) })}`;
}

/**
 * How much a cleanup would remove: what is held stays.
 * @param {readonly Pick<Expected, 'messages' | 'held'>[]} rooms
 */
export function summaryOf(rooms) {
  const going = rooms.filter(({ messages, held }) => messages > 0 && !held);
  return { messages: going.reduce((sum, { messages }) => sum + messages, 0), rooms: going.length };
}

/**
 * Rooms that lose something, most of all first, then those that are held, and apart from these all others.
 * @template {Pick<Expected, 'messages' | 'held'>} T
 * @param {readonly T[]} rooms
 * @returns {{notable: T[], others: T[]}}
 */
export function inOrder(rooms) {
  const going = rooms.filter(({ messages, held }) => messages > 0 && !held).sort((one, other) => other.messages - one.messages);
  return { notable: [...going, ...rooms.filter(({ held }) => held)], others: rooms.filter(({ messages, held }) => messages === 0 && !held) };
}
