/** What can go wrong between this client and the server, in one shape for socket and REST. */

/** @typedef {import('./protocol.js').ErrorBody} ErrorBody */
/** @typedef {import('./types.js').ChatErrorShape['code']} Code */

/** Codes after which the same request may well succeed later, without the person doing anything. */
const PASSING = new Set(['offline', 'unavailable', 'rate_limited', 'internal', 'not_identified']);

export class ChatError extends Error {
  /**
   * @param {{code: Code, message: string, field?: string, retry_after?: number}} body `retry_after` in seconds
   */
  constructor({ code, message, field, retry_after }) {
    super(message);
    this.name = 'ChatError';
    this.code = code;
    this.field = field;
    this.retry_after = retry_after;
  }

  /** Whether waiting is enough. An expired session counts: it is mended by signing in again. */
  get isPassing() {
    return PASSING.has(this.code);
  }
}

/**
 * The server could not be reached, or did not answer in time; whether it acted on the request is unknown.
 * @param {string} [message]
 */
export function offline(message = 'The server cannot be reached.') {
  return new ChatError({ code: 'offline', message });
}
