/** Pure rules about what is kept and what goes, as the host's panel shows it. */

/** @typedef {import('../upkeep-types.js').Backup} Backup */
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
