/**
 * The live connection: requests with replies, events, and reconnection without end.
 *
 * The Socket.IO client's own reconnection is off, since it does not tell when it will try again. A connection is not
 * believed because it says so: after sleep or a change of network a dead one can look alive for a minute, so `verify`
 * asks a small question and starts afresh when no answer comes.
 */
import { io } from 'socket.io-client';
import { ChatError, offline } from './errors.js';

/** @typedef {import('./protocol.js').ClientEvents} ClientEvents */
/** @typedef {import('./types.js').Connection} Connection */

const REQUEST_TIMEOUT_MS = 10_000;
/** How long a connection that may have died in its sleep has for the answer to a small question. */
const VERIFY_TIMEOUT_MS = 2_000;
/** A packet lost while the network comes back is repeated by a new attempt, sooner than the system would. */
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * Everybody loses a restarted server at the same instant. The aim is that of 200 people half are back within 2 s of its
 * return and nearly all within 5 s, but not all at once. So nobody ever waits longer than `LAST_DELAY_MS`, and each wait is
 * drawn from between a quarter of the delay and all of it: people are spread from the first attempt on. Simulated for
 * servers that are away for 0.1 to 20 s: half are back 0.7 s after its return, nearly all after 1.9 s, and no quarter of
 * a second brings more than 80 of 200. What is still to be added is what connecting takes.
 */
const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 2000;
const GROWTH = 1.6;
const LEAST = 0.25;
/** An attempt older than this is given up for a new one when there is reason to hope (wake, Retry now). */
const STALE_ATTEMPT_MS = 2_000;

export class LiveSocket {
  /**
   * @param {object} needs
   * @param {string} needs.url '' for our own origin
   * @param {Record<string, unknown>} [needs.options] an operator's, passed on to Socket.IO
   * @param {() => string | null} needs.token for another origin; null: the cookie speaks for us
   * @param {(event: string, payload: unknown) => void} needs.onEvent
   * @param {(status: Pick<Connection, 'status' | 'retryAt'>) => void} needs.onStatus
   * @param {typeof io} [needs.connect]
   */
  constructor({ url, options = {}, token, onEvent, onStatus, connect = io }) {
    this._onStatus = onStatus;
    this._wanted = false;
    /** The page was left with a connection, and may come back. */
    this._hasLeft = false;
    this._isTrying = false;
    /** Whether the first attempt has ended, well or not. */
    this._isKnown = false;
    this._failures = 0;
    this._attemptedAt = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    /** @type {Promise<void> | null} */
    this._verifying = null;
    this._socket = connect(url || undefined, {
      // One round trip fewer than beginning with polling, which still comes where WebSockets are blocked.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      timeout: CONNECT_TIMEOUT_MS,
      ...options,
      autoConnect: false,
      reconnection: false,
      auth: (give) => give(authOf(token())),
    });
    this._socket.onAny((event, payload) => onEvent(event, payload));
    this._socket.on('connect', () => this._connected());
    this._socket.on('connect_error', (error) => this._refused(error));
    this._socket.on('disconnect', () => this._lost());
  }

  get isConnected() {
    return this._socket.connected;
  }

  /** Begins, or tries again at once; from now on the connection is kept up. */
  open() {
    if (this._socket.connected) return;
    if (this._isTrying && Date.now() - this._attemptedAt < STALE_ATTEMPT_MS) return;
    this.restart();
  }

  /**
   * The page is left. A closed connection lets browsers keep the page whole for coming back to it, and tells the server
   * at once.
   */
  leave() {
    if (!this._wanted) return;
    this.close();
    this._hasLeft = true;
    this._onStatus({ status: 'offline', retryAt: null });
  }

  /** Ends the connection, for good or until `open`. */
  close() {
    this._wanted = false;
    this._hasLeft = false;
    this._isTrying = false;
    clearTimeout(this._timer);
    this._socket.disconnect();
  }

  /** A new connection in place of the old one: another identity, or one that has gone silent. */
  restart() {
    this.close();
    this._wanted = true;
    this._failures = 0;
    this._attempt();
  }

  /**
   * @template {keyof ClientEvents} E
   * @param {E} event
   * @param {ClientEvents[E]['payload']} payload
   * @param {{timeout?: number}} [options] milliseconds
   * @returns {Promise<ClientEvents[E]['ack']>} rejects with ChatError, at once when there is no connection
   */
  request(event, payload, { timeout = REQUEST_TIMEOUT_MS } = {}) {
    return new Promise((resolve, reject) => {
      if (!this._socket.connected) return reject(offline());
      const args = payload === undefined ? [] : [payload];
      this._socket.timeout(timeout).emit(event, ...args, (/** @type {Error | null} */ lost, /** @type {any} */ ack) => {
        if (lost) return reject(offline('The server did not answer in time.'));
        if (ack?.ok) return resolve(ack);
        reject(new ChatError(ack?.error ?? { code: 'internal', message: 'The answer could not be understood.' }));
      });
    });
  }

  /**
   * Makes sure that there is a connection now, whatever the present one claims.
   * @param {() => Promise<unknown>} ask a small request; only one asks at a time
   */
  verify(ask) {
    if (this._hasLeft) return this.restart();
    if (!this._wanted) return;
    if (!this._socket.connected) return this.open();
    this._verifying ??= Promise.race([ask(), silence(VERIFY_TIMEOUT_MS)])
      .then(() => undefined, (error) => { if (error.code === 'offline') this.restart(); })
      .finally(() => { this._verifying = null; });
  }

  _attempt() {
    clearTimeout(this._timer);
    if (!this._wanted || this._socket.connected) return;
    this._isTrying = true;
    this._attemptedAt = Date.now();
    this._onStatus({ status: this._isKnown ? 'offline' : 'connecting', retryAt: null });
    this._socket.connect();
  }

  _connected() {
    this._isTrying = false;
    this._isKnown = true;
    this._failures = 0;
    this._onStatus({ status: 'online', retryAt: null });
  }

  /** @param {Error & {data?: {code?: string, retry_after?: number}}} error */
  _refused(error) {
    this._isTrying = false;
    this._isKnown = true;
    if (error.data?.code === 'not_identified') {
      this._wanted = false;
      return this._onStatus({ status: 'refused', retryAt: null });
    }
    this._retry(error.data?.retry_after);
  }

  _lost() {
    if (this._wanted) this._retry();
  }

  /** @param {number} [after] seconds the server asks for */
  _retry(after) {
    if (!this._wanted) return;
    const backoff = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * GROWTH ** this._failures) * (LEAST + Math.random() * (1 - LEAST));
    const delay = after === undefined ? backoff : after * 1000;
    this._failures += 1;
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._attempt(), delay);
    this._onStatus({ status: 'offline', retryAt: Date.now() + delay });
  }
}

/** @param {string | null} token */
function authOf(token) {
  return token === null ? {} : { token };
}

/**
 * @param {number} delay milliseconds
 * @returns {Promise<never>}
 */
function silence(delay) {
  return new Promise((_, reject) => { setTimeout(() => reject(offline()), delay); });
}
