/**
 * Who this person is to the server: finding out, signing in, going on after expiry, signing out.
 *
 * On our own origin a cookie that scripts cannot read holds the session; on another origin a token kept here does.
 */
import { ChatError } from './errors.js';

/** Where the other tabs of this browser are told who has given up their account. */
export const PARTED = 'parted';

export class Session {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./api.js').Api} needs.api
   * @param {import('./socket.js').LiveSocket} needs.socket
   * @param {import('./outbox.js').Outbox} needs.outbox
   * @param {Token} needs.token
   * @param {import('./storage.js').KeptValues} needs.kept
   */
  constructor({ store, api, socket, outbox, token, kept }) {
    this._store = store;
    this._api = api;
    this._socket = socket;
    this._outbox = outbox;
    this._token = token;
    this._kept = kept;
    this._isIdentified = false;
  }

  /** Whether the server has said on this connection who we are. */
  get isIdentified() {
    return this._isIdentified;
  }

  /** Connects, which tells who we are in the same round trip; without a token there is nothing to be told. */
  begin() {
    if (this._token.isNeeded && this._token.read() === null) return this._end('none');
    this._socket.open();
  }

  /** Another tab of this browser has just been signed in. */
  look() {
    if (this._store.session === 'none') this._socket.restart();
  }

  /** A connection was made or lost: it says anew who we are. */
  forget() {
    this._isIdentified = false;
  }

  /** The server has said who we are. */
  identified() {
    this._isIdentified = true;
  }

  /** The server has answered something else on this connection: had it known us, it would have said so before. */
  answered() {
    if (this._isIdentified) return;
    if (this._store.session === 'unknown') this._end('none');
    else void this.expired();
  }

  /** Our token is not good any more. */
  refused() {
    this._token.write(null);
    this._end(this._store.session === 'unknown' ? 'none' : 'expired');
  }

  /** @param {import('./people-types.js').Credentials} credentials */
  async signIn(credentials) {
    this._begin(await this._api.signIn(credentials));
  }

  /** Goes on as the person who was given this code. @param {string} code */
  async arrive(code) {
    this._begin(await this._api.arrive(code));
  }

  /** @param {import('./protocol.js').Session} begun */
  _begin({ token, ...me }) {
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
      // Meanwhile another tab may have told that the account is gone.
      if (this._store.session !== 'active') return;
      if (isUnknown(error)) this.refused();
      else this._socket.open();
    }
  }

  /** Rejects when the server cannot be reached: the session would live on there. */
  signOut() {
    return this._part(() => this._api.signOut().catch((error) => {
      if (!isUnknown(error)) throw error;
    }));
  }

  /**
   * Gives up the account. Rejects when the server refuses, and all goes on as before.
   * @param {import('./protocol.js').Leave} asked
   */
  leave(asked) {
    const { username = '', user_id } = this._store.me ?? {};
    return this._part(async () => {
      await this._api.ask('DELETE', '/api/me', asked);
      this._store.apply('farewell', { username, messages: asked.messages });
      // It is heard where it is written, and nothing of it stays.
      this._kept.set(PARTED, { user_id, messages: asked.messages });
      this._kept.remove(PARTED);
    });
  }

  /**
   * Another tab of this browser has given up an account: whoever it was is gone from here as well.
   * @param {string} told as it was written
   */
  parted(told) {
    const { user_id, messages } = /** @type {{user_id: string, messages: 'keep' | 'erase'}} */ (JSON.parse(told));
    const { me } = this._store;
    if (me?.user_id !== user_id) return;
    this._store.apply('farewell', { username: me.username, messages });
    this._leaveNothing();
  }

  /** Nothing of this person is left here once it is done. @param {() => Promise<unknown>} task */
  async _part(task) {
    // First, or the server would end the connection while it is in use.
    this._socket.close();
    try {
      await task();
    } catch (error) {
      this._socket.open();
      throw error;
    }
    this._leaveNothing();
  }

  _leaveNothing() {
    this._token.write(null);
    this._outbox.clear();
    this._store.apply('session', { session: 'none', me: null });
    this._end('none');
  }

  /** @param {'none' | 'expired'} session */
  _end(session) {
    this._outbox.close();
    this._socket.close();
    this._store.apply('connection', { status: 'refused', retryAt: null });
    this._store.apply('session', { session });
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
