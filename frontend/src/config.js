/** Reads what `config.js`, a plain script that ran before this one, has set; anything missing or odd has a default. */

/**
 * @param {Record<string, unknown>} globals `window`, where `config.js` leaves its values
 * @returns {import('./types.js').Config}
 */
export function readConfig(globals) {
  const app = record(globals['APP_SETTINGS']);
  const ui = record(globals['UI_SETTINGS']);
  return {
    serverUrl: serverUrl(globals['SERVER_URL']),
    socketOptions: record(globals['SOCKET_OPTIONS']),
    maxMessageLength: positive(app['MAX_MESSAGE_LENGTH'], 4000),
    typingTimeout: positive(app['TYPING_TIMEOUT'], 3000),
    autoScrollThreshold: positive(app['AUTO_SCROLL_THRESHOLD'], 100),
    showTimestamps: ui['SHOW_TIMESTAMPS'] !== false,
    showConnectionStatus: ui['SHOW_CONNECTION_STATUS'] !== false,
    showTypingIndicator: ui['SHOW_TYPING_INDICATOR'] !== false,
  };
}

/**
 * The origin without a slash at its end; '' when it is our own, since then cookies do.
 * @param {unknown} value
 */
function serverUrl(value) {
  if (typeof value !== 'string') return '';
  const url = value.trim().replace(/\/+$/, '');
  return url === globalThis.location?.origin ? '' : url;
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function record(value) {
  return typeof value === 'object' && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
}

/**
 * @param {unknown} value
 * @param {number} fallback
 */
function positive(value, fallback) {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : fallback;
}
