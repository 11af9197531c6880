/**
 * Texts begun and not sent, one per room, kept in this browser for the history they were written in.
 *
 * Each is kept with the time it was written, also when it was emptied: the page may have gone over to another address
 * of the server and come back, and what was sent there must not stand here again.
 */

/** How long it is kept that a draft was emptied, in milliseconds: as long as a page finds back from elsewhere. */
const EMPTY_MS = 7 * 24 * 3600 * 1000;

/** @typedef {Pick<import('./lib/parcel.js').Draft, 'text' | 'at' | 'is_held'>} Draft */

export class Drafts {
  /**
   * @param {import('./storage.js').KeptValues} kept
   * @param {() => string | null} historyId null as long as the server has not been reached
   * @param {() => number} [now] milliseconds
   */
  constructor(kept, historyId, now = Date.now) {
    this._kept = kept;
    this._historyId = historyId;
    this._now = now;
  }

  /** @param {string} room */
  read(room) {
    return this._find(this._key(room))?.text ?? '';
  }

  /**
   * @param {string} room
   * @param {string} text '' forgets the draft
   */
  write(room, text) {
    const key = this._key(room);
    if (text === '' && this._find(key) === null) return;
    this._kept.set(key, { text, at: this._now(), is_held: false });
  }

  /**
   * The server's history is another one than before: what was being written is still wanted, so it comes along.
   * @param {string} history_id
   */
  enterHistory(history_id) {
    const before = this._kept.get('history');
    this._kept.set('history', history_id);
    for (const key of this._kept.keys(`draft:${before ?? ''}:`)) {
      const draft = this._find(key);
      const moved = `draft:${history_id}:${roomOf(key)}`;
      if (draft?.text && this._find(moved) === null) this._kept.set(moved, draft);
      const isOld = draft?.text === '' && draft.at < this._now() - EMPTY_MS;
      if (moved !== key || isOld) this._kept.remove(key);
    }
  }

  /**
   * All of the present history, for another address. Here they are held from now on: it is there that they are written.
   * @returns {import('./lib/parcel.js').Draft[]}
   */
  take() {
    return this._kept.keys(this._key('')).flatMap((key) => {
      const draft = this._find(key);
      if (draft) this._kept.set(key, { ...draft, is_held: true });
      return draft ? [{ room: roomOf(key), ...draft }] : [];
    });
  }

  /**
   * A draft comes from another address.
   * @param {string} history_id
   * @param {import('./lib/parcel.js').Draft} draft
   */
  bring(history_id, { room, ...brought }) {
    const key = `draft:${history_id}:${room}`;
    if (this._kept.get('history') === undefined) this._kept.set('history', history_id);
    const own = this._find(key);
    this._kept.set(key, { ...(own === null ? brought : merged(own, brought)), is_held: false });
  }

  /**
   * Whether something is being written there.
   * @param {string} history_id
   * @param {string} room
   */
  has(history_id, room) {
    return Boolean(this._find(`draft:${history_id}:${room}`)?.text);
  }

  clear() {
    for (const key of this._kept.keys('draft:')) this._kept.remove(key);
  }

  /** @param {string} key @returns {Draft | null} */
  _find(key) {
    const found = this._kept.get(key);
    // Earlier versions kept the text alone.
    if (typeof found === 'string') return { text: found, at: 0, is_held: false };
    const draft = /** @type {Partial<Draft> | null | undefined} */ (found);
    if (typeof draft?.text !== 'string' || typeof draft.at !== 'number') return null;
    return { text: draft.text, at: draft.at, is_held: draft.is_held === true };
  }

  /** @param {string} room */
  _key(room) {
    return `draft:${this._historyId() ?? this._kept.get('history') ?? ''}:${room}`;
  }
}

/**
 * What was written last stands. What was written elsewhere meanwhile, and never came together with it, follows after it.
 * @param {Draft} own
 * @param {Draft} brought
 */
function merged(own, brought) {
  const [older, newer] = own.at > brought.at ? [brought, own] : [own, brought];
  const isKnown = older.is_held || newer.text.includes(older.text);
  const text = isKnown ? newer.text : [newer.text, older.text].filter(Boolean).join('\n\n');
  return { text, at: newer.at };
}

/** @param {string} key */
function roomOf(key) {
  return key.split(':').slice(2).join(':');
}
