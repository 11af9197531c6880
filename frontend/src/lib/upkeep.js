/** Pure rules about what is kept and what goes, as the host's panel shows it. */

/** @typedef {import('../upkeep-types.js').Backup} Backup */

/**
 * What is known of a backup: the newest word on it counts, and one that failed is not proven, whatever was before.
 * @param {Pick<Backup, 'proven_at' | 'failed'>} backup
 * @returns {'proven' | 'failed' | 'waiting'} waiting: it is still to be proven
 */
export function proofOf({ proven_at, failed }) {
  if (failed !== undefined) return 'failed';
  return proven_at === undefined ? 'waiting' : 'proven';
}
