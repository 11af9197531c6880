/**
 * How one comes in by a link: a phrase or an invitation, which is added to the sign-in, or a code of another device of
 * one's own, which is one.
 *
 * It is in memory alone, and as long as it is good. Anybody can send such a link: who is somebody here already is asked
 * before they become somebody else.
 */
import { Patience } from './lib/patience.js';

/** @typedef {import('./people-types.js').Link} Link */
/** @typedef {import('./people-types.js').Entry} EntryView */
/** @typedef {import('./errors.js').ChatError} ChatError */

/** @implements {EntryView} */
export class Entry extends EventTarget {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./session.js').Session} needs.session
   * @param {Patience} [needs.patience]
   */
  constructor({ store, session, patience = new Patience((task, delay) => setTimeout(task, delay)) }) {
    super();
    this._store = store;
    this._session = session;
    this._patience = patience;
    /** @type {Link | null} */
    this._link = null;
    this._isArriving = false;
    this._isAsking = false;
    this.isSpent = false;
    store.addEventListener('me', () => this._follow());
  }

  get phase() {
    if (this._isArriving) return 'arriving';
    return this._isAsking ? 'asking' : 'none';
  }

  get key() {
    if (this._link?.kind === 'phrase') return { phrase: this._link.code };
    return this._link?.kind === 'invitation' ? { invitation: this._link.code } : {};
  }

  /** Somebody has opened a link. @param {Link | null} link null: it was another one */
  come(link) {
    if (link === null) return;
    this._link = link;
    this.isSpent = false;
    this._tell();
    this._follow();
  }

  drop() {
    this._link = null;
    this._tell();
  }

  /** @param {boolean} goOver */
  decide(goOver) {
    this._isAsking = false;
    if (goOver && this._link) void this._arrive(this._link.code);
    else this.drop();
  }

  /** Does what the link is for, as soon as it is known who is here. */
  _follow() {
    const { session } = this._store;
    if (this._link === null || session === 'unknown' || this.phase !== 'none') return;
    if (this._link.kind === 'device') return this._meet(this._link.code, session);
    if (session !== 'active') return;
    // The sign-in has just used it, or there was no need of it.
    this.drop();
  }

  /**
   * @param {string} code
   * @param {import('./types.js').SessionState} session
   */
  _meet(code, session) {
    if (session !== 'active') return void this._arrive(code);
    this._isAsking = true;
    this._tell();
  }

  /** @param {string} code */
  async _arrive(code) {
    this._isArriving = true;
    this._tell();
    const isIn = await this._patiently(code);
    this._link = null;
    this._isArriving = false;
    this.isSpent = !isIn;
    this._tell();
    // Now that there is a page to say it on.
    if (isIn) this._store.apply('notice', { level: 'info', key: 'arrived', values: { name: this._store.me?.username ?? '' } });
    else if (this._store.session === 'active') this._store.apply('notice', { level: 'error', key: 'device_link_used' });
  }

  /** @param {string} code @returns {Promise<boolean>} whether the code was good */
  async _patiently(code) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this._session.arrive(code);
        return true;
      } catch (error) {
        const reason = /** @type {ChatError} */ (error);
        if (reason.code === 'not_identified' || !this._patience.isFor(reason, attempt)) return false;
        await this._patience.wait(reason, attempt);
      }
    }
  }

  _tell() {
    this.dispatchEvent(new Event('change'));
  }
}
