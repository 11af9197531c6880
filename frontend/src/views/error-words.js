/** What went wrong with something that was asked of the server: what it says of it, where it says something. */

/**
 * @param {Pick<import('../types.js').ViewContext, 't'>} context
 * @param {unknown} error a `ChatErrorShape`
 * @param {string} [gone] key of the words for what is not there (any more)
 * @returns {string}
 */
export function errorWords({ t }, error, gone = 'host.not_any_more') {
  const { code, message, retry_after: seconds = 1 } = /** @type {Partial<import('../types.js').ChatErrorShape>} */ (error);
  if (code === 'offline') return t('error.offline');
  if (code === 'rate_limited') return t('error.rate_limited', { count: Math.ceil(seconds) });
  if (code === 'not_found') return t(gone);
  return message || t('error.unknown');
}

/**
 * The same for what one does with oneself, with other people and with rooms.
 * @param {Pick<import('../types.js').ViewContext, 't'>} context
 * @param {unknown} error a `ChatErrorShape`
 * @returns {string}
 */
export function personErrorWords(context, error) {
  const { t } = context;
  const { code, field } = /** @type {Partial<import('../types.js').ChatErrorShape>} */ (error);
  if (code === 'not_identified' && field === undefined) return t('error.signed_out');
  if (code === 'forbidden') return t('error.forbidden');
  return code === 'taken' ? t('error.taken') : errorWords(context, error, 'error.not_found');
}
