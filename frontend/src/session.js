/**
 * Who this person is to the server: finding out, signing in, going on after expiry, signing out.
 *
 * On our own origin a cookie that scripts cannot read holds the session; on another origin a token kept here does.
 */
import { ChatError } from './errors.js';

const RETRY_MS = 2000;

export class Session {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./api.js').Api} needs.api
   * @param {import('./socket.js').LiveSocket} needs.socket
   * @param {import('./outbox.js').Outbox} needs.outbox
   * @param {Token} needs.token
   * @param {(task: () => void, delay: number) => unknown} [needs.later]
   */
  constructor({ store, api, socket, outbox, token, later = (task, delay) => setTimeout(task, delay) }) {
    this._store = store;
    this._api = api;
    this._socket = socket;
    this._outbox = outbox;
    this._token = token;
    this._later = later;
  }

  /** Finds out who we are, as long as it takes, and connects if we are anybody. */
  async begin() {
    if (this._token.isNeeded && this._token.read() === null) return this._store.apply('session', { session: 'none' });
    try {
      const me = await this._api.me();
      this._store.apply('session', { session: 'active', me });
      this._socket.open();
    } catch (error) {
      if (isUnknown(error)) return this._store.apply('session', { session: 'none' });
      this._store.apply('connection', { status: 'offline', retryAt: Date.now() + RETRY_MS });
      this._later(() => void this.begin(), RETRY_MS);
    }
  }

  /** @param {string} username */
  async signIn(username) {
    const { token, ...me } = await this._api.signIn(username);
    this._token.write(token);
    // Signing in over an expired session is the same person going on, whatever name they had to take.
    if (this._store.session === 'expired') this._outbox.adopt(me.user_id);
    this._store.apply('session', { session: 'active', me });
    this._socket.restart();
  }

  /**
   * The server does not know us any more. Another tab may have signed in meanwhile, so it is asked once more.
   */
  async expired() {
    if (this._store.session !== 'active') return;
    this._outbox.close();
    this._socket.close();
    try {
      const me = await this._api.me();
      this._store.apply('session', { session: 'active', me });
      this._socket.open();
    } catch (error) {
      if (!isUnknown(error)) return this._socket.open();
      this._token.write(null);
      this._store.apply('connection', { status: 'refused', retryAt: null });
      this._store.apply('session', { session: 'expired' });
    }
  }

  /** Rejects when the server cannot be reached: the session would live on there. */
  async signOut() {
    await this._api.signOut().catch((error) => { if (!isUnknown(error)) throw error; });
    this._token.write(null);
    this._outbox.clear();
    this._socket.close();
    this._store.apply('session', { session: 'none', me: null });
  }
}

/** The token for another origin. On our own it is neither needed nor kept, so that no script can read it. */
export class Token {
  /**
   * @param {import('./storage.js').KeptValues} kept
   * @param {boolean} isNeeded
   */
  constructor(kept, isNeeded) {
    this._kept = kept;
    this.isNeeded = isNeeded;
  }

  /** @returns {string | null} */
  read() {
    const token = this.isNeeded ? this._kept.get('token') : null;
    return typeof token === 'string' ? token : null;
  }

  /** @param {string | null} token */
  write(token) {
    if (this.isNeeded) this._kept.set('token', token ?? undefined);
  }
}

/** @param {unknown} error */
function isUnknown(error) {
  return error instanceof ChatError && error.code === 'not_identified';
}
