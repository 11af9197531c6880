/**
 * Messages on their way to the server. Each is kept in the browser before it is first sent and until the ack, so a
 * reload, a closed tab or a restarted server loses none; each keeps its `client_id`, so none is stored twice however
 * often and from however many tabs it is sent.
 *
 * Per room one message is under way at a time: after a passing error (offline, unavailable, rate limit) the same one is
 * tried again and those behind it wait. After a final error it is marked failed, with its text, and the next one goes.
 * Items have a storage key each: tabs never write over each other's.
 */
import { Patience } from './lib/patience.js';

/** @typedef {import('./types.js').PendingMessage} PendingMessage */
/** @typedef {import('./errors.js').ChatError} ChatError */
/** What `randomId` makes. */
const CLIENT_ID = /^[\w-]{1,64}$/;
const BROUGHT = { code: 'brought', message: 'This comes from another address.' };

/** `user_id`: who wrote it; `history_id`: for which history. @typedef {PendingMessage & {user_id: string, history_id: string, order: number}} Item */

export class Outbox {
  /**
   * @param {object} needs
   * @param {import('./storage.js').KeptValues} needs.kept
   * @param {(item: Item) => Promise<unknown>} needs.deliver resolves once the server has acknowledged; rejects with ChatError
   * @param {(items: Item[], room?: string) => void} needs.changed told after every change, with all that is shown
   * @param {() => string} needs.randomId
   * @param {() => number} [needs.now] milliseconds
   * @param {(task: () => void, delay: number) => unknown} [needs.later] a timer
   */
  constructor({ kept, deliver, changed, randomId, now = Date.now, later = (task, delay) => setTimeout(task, delay) }) {
    this._kept = kept;
    this._deliver = deliver;
    this._changed = changed;
    this._randomId = randomId;
    this._now = now;
    this._patience = new Patience(later);
    /** @type {Map<string, Item>} */
    this._items = new Map();
    /** Rooms whose first waiting item is under way or waits for its retry. @type {Set<string>} */
    this._busy = new Set();
    this._order = 0;
    this._isOpen = false;
    this._user = '';
    this._history = '';
  }

  /** In order of sending. */
  get items() {
    return [...this._items.values()].sort((one, other) => one.order - other.order);
  }

  /**
   * Takes up what was kept. What somebody else wrote here, or for another history, is not sent by itself.
   * @param {string} user_id
   * @param {string} history_id
   */
  load(user_id, history_id) {
    this._user = user_id;
    this._history = history_id;
    for (const key of this._kept.keys('outbox:')) {
      const item = readItem(this._kept.get(key));
      if (!item || this._items.has(item.client_id)) continue;
      this._items.set(item.client_id, item);
    }
    for (const item of this._items.values()) this._disown(item);
    this._changed(this.items);
    this._pumpAll();
  }

  /**
   * @param {string} room
   * @param {string} message
   * @param {string} [reply_to] id of a message of the same room
   * @returns {Item}
   */
  add(room, message, reply_to) {
    const now = this._now();
    this._order = Math.max(this._order + 1, now * 1000);
    /** @type {Item} */
    const item = {
      client_id: this._randomId(), room, message, created_at: now, state: 'waiting',
      user_id: this._user, history_id: this._history, order: this._order, ...(reply_to === undefined ? {} : { reply_to }),
    };
    this._put(item);
    this._pump(room);
    return item;
  }

  /**
   * Items come from another address of the server, before `load`. They keep their `client_id`, so none is stored twice.
   * @param {unknown[]} items
   * @param {boolean} isTrusted false: anybody may have put them into a link, so each waits for a decision
   */
  bring(items, isTrusted) {
    for (const each of items) {
      const item = readItem(each);
      if (!item || !CLIENT_ID.test(item.client_id) || this._kept.get(keyOf(item)) !== undefined) continue;
      this._kept.set(keyOf(item), isTrusted ? item : { ...item, state: 'failed', error: BROUGHT });
    }
  }

  /** Sending may begin (again): connected, with a session. */
  open() {
    this._isOpen = true;
    this._patience.wake();
    this._pumpAll();
  }

  /** Sending would be in vain. */
  close() {
    this._isOpen = false;
    this._patience.wake();
  }

  /**
   * The same person goes on under a new account, in the same page: what waits is theirs.
   * @param {string} user_id
   */
  adopt(user_id) {
    for (const item of this._items.values()) {
      if (item.user_id === this._user) this._write({ ...item, user_id });
    }
    this._user = user_id;
  }

  /** @param {string} client_id of a failed item */
  retry(client_id) {
    const item = this._items.get(client_id);
    if (item?.state !== 'failed') return;
    const { error, reply_to, ...rest } = item;
    // What it answered may be what was not found; in another history the id names something else.
    const isAnswer = reply_to !== undefined && error?.code !== 'not_found' && error?.code !== 'history_changed';
    // The server has stored it once and removed it since, or the history is another: this is a new message.
    const fresh = error?.code === 'conflict' || error?.code === 'history_changed';
    if (fresh) this._drop(item);
    this._put({
      ...rest, ...(isAnswer ? { reply_to } : {}), state: 'waiting', user_id: this._user, history_id: this._history,
      client_id: fresh ? this._randomId() : item.client_id,
    });
    this._pump(item.room);
  }

  /** @param {string} client_id of a failed item; a message under way cannot be taken back */
  discard(client_id) {
    const item = this._items.get(client_id);
    if (item?.state !== 'failed') return;
    this._drop(item);
    this._changed(this.items, item.room);
  }

  /** Forgets everything: the person signs out. */
  clear() {
    for (const item of this.items) this._drop(item);
    for (const key of this._kept.keys('outbox:')) this._kept.remove(key);
    this._changed([]);
  }

  /**
   * Another tab has changed a key: show what it does, and drop what it has delivered.
   * @param {string} key
   */
  keptChanged(key) {
    if (!key.startsWith('outbox:')) return;
    const item = readItem(this._kept.get(key));
    const client_id = key.slice(key.lastIndexOf(':') + 1);
    const room = item?.room ?? this._items.get(client_id)?.room;
    if (item) this._items.set(client_id, item);
    else this._items.delete(client_id);
    this._changed(this.items, room);
  }

  _pumpAll() {
    for (const room of new Set(this.items.map((item) => item.room))) this._pump(room);
  }

  /** @param {string} room */
  _pump(room) {
    if (!this._isOpen || this._busy.has(room)) return;
    const next = this.items.find((item) => item.room === room && item.state === 'waiting');
    if (!next) return;
    this._busy.add(room);
    void this._try(next, 0).finally(() => {
      this._busy.delete(room);
      this._pump(room);
    });
  }

  /**
   * @param {Item} item
   * @param {number} attempt
   * @returns {Promise<void>} settled once the item is delivered, failed, or sending was closed
   */
  async _try(item, attempt) {
    try {
      await this._deliver(item);
      this._drop(item);
    } catch (caught) {
      const error = /** @type {ChatError} */ (caught);
      if (!this._patience.isFor(error, attempt)) return this._fail(item, error);
      this._hinder(item.client_id, error);
      if (this._isOpen) await this._patience.wait(error, attempt);
      const current = this._items.get(item.client_id);
      if (this._isOpen && current?.state === 'waiting') await this._try(current, attempt + 1);
    }
  }

  /**
   * @param {Item} item
   * @param {{code: string, message: string}} error
   */
  _fail(item, { code, message }) {
    this._put({ ...item, state: 'failed', error: { code: /** @type {any} */ (code), message } });
  }

  /**
   * The server says what keeps it from storing the message, which waits: that is shown with it.
   * @param {string} client_id
   * @param {ChatError} error
   */
  _hinder(client_id, { code, message }) {
    const { error: before, ...item } = this._items.get(client_id) ?? {};
    const error = code === 'unavailable' ? { code, message } : undefined;
    if (!isItem(item) || item.state !== 'waiting' || before?.message === error?.message) return;
    this._put(error === undefined ? item : { ...item, error });
  }

  /**
   * An item of another person or history waits for a decision.
   * @param {Item} item
   */
  _disown(item) {
    if (item.state === 'failed') return;
    if (item.history_id !== this._history) {
      this._write({ ...item, state: 'failed', error: { code: 'history_changed', message: 'The history of this chat was replaced.' } });
    } else if (item.user_id !== this._user) {
      this._write({ ...item, state: 'failed', error: { code: 'not_identified', message: 'This was written under another name.' } });
    }
  }

  /** @param {Item} item */
  _put(item) {
    this._write(item);
    this._changed(this.items, item.room);
  }

  /** @param {Item} item */
  _write(item) {
    const before = this._items.get(item.client_id);
    if (before && keyOf(before) !== keyOf(item)) this._kept.remove(keyOf(before));
    this._items.set(item.client_id, item);
    this._kept.set(keyOf(item), item);
  }

  /** @param {Item} item */
  _drop(item) {
    this._items.delete(item.client_id);
    this._kept.remove(keyOf(item));
  }
}

/** @param {Item} item */
function keyOf(item) {
  return `outbox:${item.history_id}:${item.client_id}`;
}

/**
 * What was kept, if it is an item: the storage can be edited, and an older version may have written it.
 * @param {unknown} value
 * @returns {Item | null}
 */
function readItem(value) {
  const item = /** @type {Partial<Item> | null | undefined} */ (value);
  return isItem(item) ? item : null;
}

/**
 * @param {Partial<Item> | null | undefined} item
 * @returns {item is Item}
 */
function isItem(item) {
  return typeof item?.client_id === 'string' && typeof item.room === 'string' && typeof item.message === 'string'
    && typeof item.order === 'number' && (item.state === 'waiting' || item.state === 'failed')
    && typeof item.user_id === 'string' && typeof item.history_id === 'string' && typeof item.created_at === 'number'
    && (item.reply_to === undefined || typeof item.reply_to === 'string');
}
