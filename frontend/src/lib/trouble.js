/** The words for what is wrong with the server's data, and for what its host does about it. */

/** @typedef {import('../protocol.js').Trouble} Trouble */

/**
 * A server that is newer than this page may know of others: what is not known here is told in general.
 * @param {import('../types.js').Translate} t
 * @param {{kind: string}} trouble
 */
export function troubleWords(t, { kind }) {
  const key = `trouble.${kind}`;
  const known = t(key) === key ? 'trouble.failing' : key;
  return { words: t(known), todo: t(`${known}_todo`) };
}
