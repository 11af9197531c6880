/**
 * The host's part: becoming the host by the code of a link, and what only a host sees and does.
 *
 * The code is in memory alone, and as long as it is good: until somebody is signed in here, and the server has taken it.
 */
import { Patience } from './lib/patience.js';

/** @typedef {import('./types.js').Host} HostView */
/** @typedef {import('./types.js').Overview} Overview */
/** @typedef {import('./errors.js').ChatError} ChatError */

/** @implements {HostView} */
export class Host extends EventTarget {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./api.js').Api} needs.api
   * @param {import('./socket.js').LiveSocket} needs.socket
   * @param {import('./session.js').Session} needs.session
   * @param {Patience} [needs.patience]
   */
  constructor({ store, api, socket, session, patience = new Patience((task, delay) => setTimeout(task, delay)) }) {
    super();
    this._store = store;
    this._api = api;
    this._socket = socket;
    this._session = session;
    this._patience = patience;
    /** @type {string | null} */
    this._code = null;
    this._isArriving = false;
    this._isAsking = false;
    this._hasEnded = false;
    /** A backup was taken, and the server has not been seen since. */
    this._isRestoring = false;
    /** What leads into the restored chat where that does not know our session. @type {string | null} */
    this._return = null;
    /** Whose overview it is. @type {string | null} */
    this._asked = null;
    /** @type {Overview | null} */
    this.overview = null;
    store.addEventListener('me', () => this._follow());
    let wasOnline = false;
    store.addEventListener('connection', ({ detail: { status } }) => {
      if (status === 'online' && !wasOnline) this._reconnected();
      wasOnline = status === 'online';
    });
  }

  get phase() {
    if (this._hasEnded) return 'ended';
    if (this._isRestoring) return 'restoring';
    if (this._isArriving) return 'arriving';
    return this.overview?.is_set_up === false ? 'setting_up' : 'none';
  }

  get isExpected() {
    return this._code !== null && this._store.session === 'none';
  }

  /** What opens a chat that is not open to whoever comes with the host's link. */
  get key() {
    return this._code === null ? {} : { invitation: this._code };
  }

  /** Somebody has opened the host's link. @param {string | null} code null: it was another link */
  arrive(code) {
    if (code === null) return;
    this._code = code;
    this._isArriving = true;
    this._tell();
    this._follow();
  }

  async look() {
    const user = this._store.me?.user_id;
    const { trouble } = this._store;
    try {
      const overview = await this._api.overview();
      if (user !== this._store.me?.user_id) return overview;
      // What was told meanwhile is newer.
      if (trouble === this._store.trouble) this._store.apply('trouble_changed', { trouble: overview.trouble ?? [] });
      this._see(overview);
      return overview;
    } catch (error) {
      if (isGone(error)) this._see(null);
      throw error;
    }
  }

  /** @param {import('./types.js').Choice} choice */
  async choose(choice) {
    const overview = await this._api.choose(choice);
    this._see(overview);
    return overview;
  }

  async newPhrase() {
    const overview = await this._api.newPhrase();
    this._see(overview);
    return overview;
  }

  /** @param {Promise<{code: string}>} sent a backup on its way to take the place of everything */
  async restore(sent) {
    const { code } = await sent;
    this._return = code;
    this._isRestoring = true;
    this._tell();
  }

  async quit() {
    await this._api.quit();
    this._hasEnded = true;
    this._socket.close();
    this._tell();
  }

  _reconnected() {
    this._patience.wake();
    this._asked = null;
    this._follow();
  }

  /** Does what is to be done next, as far as it can be done now. */
  _follow() {
    const { session, me, trouble } = this._store;
    if (session === 'none') this._forget();
    // Who is no host any more would not be told that it has passed.
    if (me?.role !== 'host' && trouble.length > 0) this._store.apply('trouble_changed', { trouble: [] });
    if (this._hasEnded || this._isAsking) return;
    if (session === 'expired' && this._return !== null) void this._comeBack(this._return);
    if (session !== 'active') return;
    if (this._code !== null) void this._claim(this._code);
    else if (me?.role === 'host' && this._asked !== me.user_id) void this._lookQuietly();
  }

  /** @param {string} code */
  async _claim(code) {
    this._isAsking = true;
    try {
      const me = await this._patiently(() => this._api.claimHost(code));
      this._store.apply('session', { session: 'active', me });
    } catch (error) {
      // The code is kept for after signing in again; anything else says that it is no good.
      if (/** @type {ChatError} */ (error).code === 'not_identified') return;
    } finally {
      this._isAsking = false;
    }
    this._code = null;
    const isHost = this._store.me?.role === 'host';
    if (isHost) await this._lookQuietly();
    this._isArriving = false;
    this._tell();
    // Now that there is a page to say it on.
    if (!isHost) this._store.apply('notice', { level: 'info', key: 'host_link_used' });
  }

  /** @param {string} code */
  async _comeBack(code) {
    this._isAsking = true;
    this._return = null;
    try {
      await this._patiently(() => this._session.arrive(code));
    } catch {
      // The page asks for a name, as it does when any session has ended.
      this._isRestoring = false;
      this._tell();
    } finally {
      this._isAsking = false;
    }
    this._follow();
  }

  /** What could not be asked now is asked again when the connection comes back. */
  async _lookQuietly() {
    this._isAsking = true;
    this._asked = this._store.me?.user_id ?? null;
    try {
      await this.look();
      this._sayRestored();
    } catch {
      // The page does without; whoever opens the host's panel is told why.
    } finally {
      this._isAsking = false;
    }
  }

  _sayRestored() {
    if (!this._isRestoring) return;
    this._isRestoring = false;
    this._return = null;
    this._tell();
    this._store.apply('notice', { level: 'info', key: 'restored' });
  }

  /**
   * @template T
   * @param {() => Promise<T>} task
   * @returns {Promise<T>}
   */
  async _patiently(task) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await task();
      } catch (error) {
        const reason = /** @type {ChatError} */ (error);
        if (reason.code === 'not_identified' || !this._patience.isFor(reason, attempt)) throw error;
        await this._patience.wait(reason, attempt);
      }
    }
  }

  /** Nobody is signed in any more: the next one may be somebody else. */
  _forget() {
    this._asked = null;
    this._see(null);
  }

  /** @param {Overview | null} overview */
  _see(overview) {
    if (JSON.stringify(overview) === JSON.stringify(this.overview)) return;
    this.overview = overview;
    this._tell();
  }

  _tell() {
    this.dispatchEvent(new Event('change'));
  }
}

/** @param {unknown} error */
function isGone(error) {
  return /** @type {Partial<ChatError>} */ (error).code === 'not_found';
}
