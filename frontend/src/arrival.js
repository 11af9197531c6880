/**
 * Coming from another address of the same server: the session goes on by a code that works once, and what was typed there
 * and not sent is here.
 *
 * Anybody can write an address. What came along is only then sent by itself when the code was good, or has just been good
 * in another tab of this browser, and is the code of the one it came from. All else waits for a decision.
 */
import { readItem } from './lib/change.js';
import { unpack } from './lib/parcel.js';
import { Patience } from './lib/patience.js';

/** Under this key the code is kept that this browser has last arrived with; it is worth nothing by then. */
export const ARRIVED = 'arrived';
/** So often and so long is it looked whether another tab has arrived with the same code at the same time. */
const LOOKS = 6;
const LOOK_MS = 500;
/** And so often where the person has just been signed in, so that there is such a tab: a busy machine may keep it waiting. */
const LOOKS_AT_ONE = 60;
/** Preferences that are tied to the address: the browser's permission is. */
const TIED = new Set(['notifications', 'notifications_offered']);

/** @typedef {import('./lib/parcel.js').Parcel} Parcel */
/** @typedef {import('./errors.js').ChatError} ChatError */
/** `parcel` is null when it could not be read. @typedef {{code: string, parcel: Parcel | null}} Coming */

/**
 * Reads what the address of this page brings, and takes it out of the address and of the browser's history.
 * @returns {Coming | null} null: nothing
 */
export function takeComing() {
  const found = /^#\/carry\/([\w-]{1,200})\/([\w-]*)$/.exec(location.hash);
  if (!found) return null;
  const [, code = '', text = ''] = found;
  const parcel = unpack(text);
  const route = parcel && /^#\/(?:room\/|$)/.test(parcel.route) ? parcel.route : '';
  history.replaceState(null, '', location.pathname + location.search + route);
  return { code, parcel };
}

export class Arrival {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./api.js').Api} needs.api
   * @param {import('./storage.js').KeptValues} needs.kept
   * @param {import('./outbox.js').Outbox} needs.outbox
   * @param {import('./changes.js').Changes} needs.changes
   * @param {import('./drafts.js').Drafts} needs.drafts
   * @param {import('./types.js').Begun} needs.begun
   * @param {(key: string, value: import('./types.js').PreferenceValue) => void} needs.setPreference
   * @param {() => string} needs.randomId
   * @param {(task: () => void, delay: number) => unknown} [needs.later] a timer
   */
  constructor({ store, api, kept, outbox, changes, drafts, begun, setPreference, randomId, later = (task, delay) => setTimeout(task, delay) }) {
    this._store = store;
    this._api = api;
    this._kept = kept;
    this._outbox = outbox;
    this._changes = changes;
    this._drafts = drafts;
    this._begun = begun;
    this._setPreference = setPreference;
    this._randomId = randomId;
    this._later = later;
    this._patience = new Patience(later);
    /** What is to be said once there is a page to say it on. @type {import('./types.js').Notice[]} */
    this._notices = [];
  }

  /**
   * Resolves when what came along is kept here, and the person is signed in where the code was good.
   * @param {Coming} coming
   */
  async begin({ code, parcel }) {
    const isTrusted = await this._patiently(() => this._identify(code, parcel?.user_id ?? null));
    if (parcel) this._unpack(parcel, isTrusted);
  }

  /** The page is there. */
  tell() {
    for (const notice of this._notices.splice(0)) this._store.apply('notice', notice);
  }

  /**
   * @param {string} code
   * @param {string | null} user_id of whom the parcel says it comes from
   * @returns {Promise<boolean>} whether it does, and is the one who is signed in here now
   */
  async _identify(code, user_id) {
    const me = await this._me();
    // A link must not make somebody else of who is signed in here.
    if (me !== null && me.user_id !== user_id) return false;
    if (this._kept.get(ARRIVED) === code) return me !== null;
    try {
      const arrived = await this._api.arrive(code);
      this._kept.set(ARRIVED, code);
      return arrived.user_id === user_id;
    } catch (error) {
      if (/** @type {ChatError} */ (error).code === 'not_found') return this._hasOtherArrived(code, user_id, me !== null);
      throw error;
    }
  }

  /**
   * Another tab of this browser may have used the code a moment ago; its cookie is this tab's too.
   * @param {string} code
   * @param {string | null} user_id
   * @param {boolean} wasHere whether the person was signed in here before
   */
  async _hasOtherArrived(code, user_id, wasHere) {
    for (let look = 0, looks = LOOKS; look < looks; look += 1) {
      const hasArrived = this._kept.get(ARRIVED) === code;
      const isHere = (await this._me())?.user_id === user_id;
      if (hasArrived) return isHere;
      if (isHere && !wasHere) looks = LOOKS_AT_ONE;
      await new Promise((resolve) => { this._later(() => resolve(null), LOOK_MS); });
    }
    return false;
  }

  async _me() {
    try {
      return await this._api.me();
    } catch (error) {
      if (/** @type {ChatError} */ (error).code === 'not_identified') return null;
      throw error;
    }
  }

  /**
   * @template T
   * @param {() => Promise<T>} task
   * @returns {Promise<T | false>} false: it was refused for good
   */
  async _patiently(task) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await task();
      } catch (error) {
        const reason = /** @type {ChatError} */ (error);
        if (!this._patience.isFor(reason, attempt)) return false;
        await this._patience.wait(reason, attempt);
      }
    }
  }

  /**
   * @param {Parcel} parcel
   * @param {boolean} isTrusted
   */
  _unpack({ from, user_id, history_id, drafts, outbox, changes, edits, replies, preferences, left }, isTrusted) {
    this._outbox.bring(outbox, isTrusted);
    for (const draft of drafts) this._bringDraft(draft, { user_id, history_id }, isTrusted);
    for (const [id, { text }] of edits) this._bringEdit(id, text);
    for (const [room, id] of replies) if (!this._begun.replies.has(room)) this._begun.replies.set(room, id);
    if (isTrusted) {
      this._changes.bring(changes);
      for (const [key, value] of preferences) if (!TIED.has(key)) this._setPreference(key, value);
    } else {
      for (const item of changes.map(readItem)) if (item?.message !== undefined) this._bringEdit(item.id, item.message);
    }
    const isAnything = outbox.length > 0 || edits.length > 0 || changes.length > 0 || drafts.some(({ text }) => text !== '');
    if (isTrusted) this._notices.push({ level: 'info', key: isSecure(from) ? 'moved_secure' : 'moved' });
    else if (isAnything) this._notices.push({ level: 'info', key: 'moved_held', values: { address: from } });
    if (left > 0) this._notices.push({ level: 'error', key: 'moved_left', values: { count: left, address: from } });
  }

  /**
   * @param {import('./lib/parcel.js').Draft} draft
   * @param {{user_id: string, history_id: string}} whose
   * @param {boolean} isTrusted
   */
  _bringDraft(draft, { user_id, history_id }, isTrusted) {
    const { room, text, at } = draft;
    if (isTrusted || !this._drafts.has(history_id, room)) return this._drafts.bring(history_id, draft);
    if (text === '') return undefined;
    // What somebody is writing here is not mixed with what a link brings.
    const item = { client_id: this._randomId(), room, message: text, created_at: at, order: at * 1000, state: 'failed', user_id, history_id };
    return this._outbox.bring([item], false);
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  _bringEdit(id, text) {
    if (!this._begun.edits.has(id)) this._begun.edits.set(id, { text, from: 'list' });
  }
}

/** Whether coming here from there was going over to https. @param {string} from */
function isSecure(from) {
  return location.protocol === 'https:' && from.startsWith('http:');
}
