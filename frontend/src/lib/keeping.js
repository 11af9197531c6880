/** How long what is said is kept, in words. */

/** @typedef {import('../protocol.js').Keeps} Keeps */
/** @typedef {import('../types.js').Translate} Translate */

/**
 * What a room keeps, in one sentence.
 * @param {Translate} t
 * @param {Keeps} keeps
 */
export function keepsWords(t, { days, messages }) {
  if (days !== undefined && messages !== undefined) return t('kept.both', { count: messages, period: periodWords(t, days) });
  if (days !== undefined) return t('kept.period', { period: periodWords(t, days) });
  return messages === undefined ? t('kept.for_ever') : t('kept.newest', { count: messages });
}

/**
 * @param {Translate} t
 * @param {number} days
 */
export function periodWords(t, days) {
  return days % 365 === 0 ? t('kept.years', { count: days / 365 }) : t('kept.days', { count: days });
}
