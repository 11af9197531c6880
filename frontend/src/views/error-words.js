/** What went wrong with something that only a host does: what the server says of it, where it says something. */

/**
 * @param {Pick<import('../types.js').ViewContext, 't'>} context
 * @param {unknown} error a `ChatErrorShape`
 * @returns {string}
 */
export function errorWords({ t }, error) {
  const { code, message, retry_after: seconds = 1 } = /** @type {Partial<import('../types.js').ChatErrorShape>} */ (error);
  if (code === 'offline') return t('error.offline');
  if (code === 'rate_limited') return t('error.rate_limited', { count: Math.ceil(seconds) });
  if (code === 'not_found') return t('host.not_any_more');
  return message || t('error.unknown');
}
