/**
 * What this person is changing in messages that are stored: edits, deletions, reactions. Each is shown at once, kept in
 * the browser until the server has said that it is so, and sent again after any mishap: all of them may be repeated.
 *
 * Per message one request is under way at a time, and always for what is wanted last; which of two people's edits stands
 * is the server's affair (`rev`). A deletion is sent when the time for undoing it is over. After a final refusal the
 * message stands as the server has it.
 */
import { isEmpty, keyOf, nextStep, readItem, without } from './lib/change.js';
import { Patience } from './lib/patience.js';

/** @typedef {import('./errors.js').ChatError} ChatError */
/** @typedef {import('./lib/change.js').Item} Item */
/** @typedef {import('./lib/change.js').Step} Step */
/** @typedef {{resolve: () => void, reject: (error: ChatError) => void}} Waiter */

/** Milliseconds in which a deletion can be undone (interface: five seconds). */
export const UNDO_MS = 5000;

export class Changes {
  /**
   * @param {object} needs
   * @param {import('./storage.js').KeptValues} needs.kept
   * @param {(step: Step) => Promise<{message: import('./protocol.js').Message}>} needs.ask rejects with ChatError
   * @param {(items: Item[], settled?: import('./protocol.js').Message) => void} needs.changed told after every change, with all
   * @param {(item: {room: string, message?: string | undefined}, error: ChatError | null) => void} needs.onLost a change that
   *   nobody waits for was refused (null: the history it belongs to was replaced)
   * @param {() => number} [needs.now] milliseconds
   * @param {(task: () => void, delay: number) => unknown} [needs.later] a timer
   */
  constructor({ kept, ask, changed, onLost, now = Date.now, later = (task, delay) => setTimeout(task, delay) }) {
    this._kept = kept;
    this._ask = ask;
    this._changed = changed;
    this._onLost = onLost;
    this._now = now;
    this._later = later;
    this._patience = new Patience(later);
    /** By message id. @type {Map<string, Item>} */
    this._items = new Map();
    /** Taken up from what was kept: another tab may still be busy with them. @type {Set<string>} */
    this._loaded = new Set();
    /** By message id and part. @type {Map<string, Waiter[]>} */
    this._waiters = new Map();
    /** Messages a request is under way for, or waits to be tried again. @type {Set<string>} */
    this._busy = new Set();
    this._isOpen = false;
    this._user = '';
    this._history = '';
  }

  /** @returns {Item[]} */
  get items() {
    return [...this._items.values()];
  }

  /**
   * Takes up what was kept. What belongs to a history that was replaced names other messages now.
   * @param {string} user_id
   * @param {string} history_id
   */
  load(user_id, history_id) {
    this._user = user_id;
    this._history = history_id;
    for (const item of this.items) if (item.history_id !== history_id || item.user_id !== user_id) this._items.delete(item.id);
    for (const key of this._kept.keys('change:')) {
      const item = readItem(this._kept.get(key));
      if (!item || item.user_id !== user_id || this._items.has(item.id)) continue;
      if (item.history_id === history_id) this._takeUp(item);
      else this._abandon(item);
    }
    this._changed(this.items);
    this._pumpAll();
  }

  /**
   * Items come from another address of the server, before `load`.
   * @param {unknown[]} items as they are kept there
   */
  bring(items) {
    for (const each of items) {
      const item = readItem(each);
      if (item && this._kept.get(keyOf(item)) === undefined) this._kept.set(keyOf(item), item);
    }
  }

  /** Asking may begin (again): connected, with a session. */
  open() {
    this._isOpen = true;
    this._patience.wake();
    this._pumpAll();
  }

  /** Asking would be in vain. */
  close() {
    this._isOpen = false;
    this._patience.wake();
  }

  /** Forgets everything: the person signs out. */
  clear() {
    for (const key of this._kept.keys('change:')) this._kept.remove(key);
    this._items.clear();
    this._changed([]);
  }

  /**
   * @param {{id: string, room: string}} of
   * @param {string} message the new text
   * @returns {Promise<void>} rejects with ChatError when it was refused
   */
  edit(of, message) {
    this._put({ ...this._item(of), message });
    return this._wait(of.id, 'message');
  }

  /**
   * @param {{id: string, room: string}} of
   * @param {string} emoji
   * @param {boolean} on
   * @returns {Promise<void>} rejects with ChatError when it was refused
   */
  react(of, emoji, on) {
    const item = this._item(of);
    this._put({ ...item, reactions: { ...item.reactions, [emoji]: on } });
    return this._wait(of.id, `reaction ${emoji}`);
  }

  /** @param {{id: string, room: string}} of */
  remove(of) {
    const item = this._item(of);
    if (item.is_removing) return;
    this._put({ ...item, is_removing: true, remove_at: this._now() + UNDO_MS });
    this._later(() => this._pump(of.id), UNDO_MS);
  }

  /** @param {string} id @returns {boolean} whether it was not too late */
  undoRemove(id) {
    const item = this._items.get(id);
    if (!item?.is_removing || (item.remove_at ?? 0) <= this._now()) return false;
    this._put(without(item, 'removal'));
    this._pump(id);
    return true;
  }

  /** The page is left: nothing can be undone any more. @returns {string[]} ids of the messages to be deleted at once */
  leave() {
    const removed = this.items.filter((item) => item.is_removing);
    for (const item of removed) this._write({ ...item, remove_at: this._now() });
    return removed.map((item) => item.id);
  }

  /**
   * Another tab has changed a key: what was taken up from it follows.
   * @param {string} key
   */
  keptChanged(key) {
    const id = key.slice(key.lastIndexOf(':') + 1);
    if (!key.startsWith('change:') || !this._loaded.has(id)) return;
    const item = readItem(this._kept.get(key));
    if (item) this._items.set(id, item);
    else this._forget(id);
    this._changed(this.items);
  }

  /** @param {{id: string, room: string}} of @returns {Item} */
  _item({ id, room }) {
    return this._items.get(id) ?? { id, room, user_id: this._user, history_id: this._history };
  }

  /** @param {Item} item */
  _takeUp(item) {
    this._items.set(item.id, item);
    this._loaded.add(item.id);
    if (item.is_removing) this._later(() => this._pump(item.id), Math.max(0, (item.remove_at ?? 0) - this._now()));
  }

  /** @param {Item} item of another history */
  _abandon(item) {
    this._kept.remove(keyOf(item));
    if (item.message !== undefined) this._onLost(item, null);
  }

  /**
   * @param {string} id
   * @param {string} part
   * @returns {Promise<void>}
   */
  _wait(id, part) {
    const key = `${id} ${part}`;
    return new Promise((resolve, reject) => {
      this._waiters.set(key, [...(this._waiters.get(key) ?? []), { resolve, reject }]);
      this._pump(id);
    });
  }

  _pumpAll() {
    for (const id of this._items.keys()) this._pump(id);
  }

  /** @param {string} id @param {number} [attempt] */
  _pump(id, attempt = 0) {
    if (!this._isOpen || this._busy.has(id)) return;
    const item = this._items.get(id);
    const step = item && nextStep(item, this._now());
    if (!item || !step) return;
    this._busy.add(id);
    void this._try(item, step, attempt).then((again) => {
      this._busy.delete(id);
      this._pump(id, again);
    });
  }

  /**
   * @param {Item} item
   * @param {Step} step
   * @param {number} attempt
   * @returns {Promise<number>} how often this was tried in vain; 0: it is settled
   */
  async _try(item, step, attempt) {
    try {
      const { message } = await this._ask(step);
      this._settle(item, step, message);
    } catch (caught) {
      const error = /** @type {ChatError} */ (caught);
      if (this._patience.isFor(error, attempt)) {
        if (this._isOpen) await this._patience.wait(error, attempt);
        return attempt + 1;
      }
      this._refuse(item, step, error);
    }
    return 0;
  }

  /**
   * @param {Item} sent
   * @param {Step} step
   * @param {import('./protocol.js').Message} message as the server has it now
   */
  _settle(sent, step, message) {
    for (const { resolve } of this._finish(sent, step, message)) resolve();
  }

  /**
   * @param {Item} sent
   * @param {Step} step
   * @param {ChatError} error
   */
  _refuse(sent, step, error) {
    const isWanted = this._isWanted(sent, step);
    const waiters = this._finish(sent, step);
    for (const { reject } of waiters) reject(error);
    // What is to be deleted and is not there any more has got what was wanted.
    const isDone = step.part === 'removal' && error.code === 'not_found';
    if (isWanted && waiters.length === 0 && !isDone) this._onLost({ room: sent.room, message: step.payload.message }, error);
  }

  /**
   * That part of the item is settled, unless something else is wanted by now.
   * @param {Item} sent
   * @param {Step} step
   * @param {import('./protocol.js').Message} [message]
   * @returns {Waiter[]} who waited for it
   */
  _finish(sent, step, message) {
    if (!this._isWanted(sent, step)) {
      this._changed(this.items, message);
      return [];
    }
    this._put(without(this._item(sent), step.part), message);
    const key = `${sent.id} ${step.part}`;
    const waiters = this._waiters.get(key) ?? [];
    this._waiters.delete(key);
    return waiters;
  }

  /**
   * Whether what was asked for is still what is wanted.
   * @param {Item} sent
   * @param {Step} step
   */
  _isWanted(sent, { part, payload: { emoji } }) {
    const item = this._items.get(sent.id);
    if (!item || part === 'removal') return item !== undefined;
    return emoji === undefined ? item.message === sent.message : item.reactions?.[emoji] === sent.reactions?.[emoji];
  }

  /**
   * @param {Item} item
   * @param {import('./protocol.js').Message} [settled]
   */
  _put(item, settled) {
    if (isEmpty(item)) this._forget(item.id);
    else this._write(item);
    this._changed(this.items, settled);
  }

  /** @param {Item} item */
  _write(item) {
    this._items.set(item.id, item);
    this._kept.set(keyOf(item), item);
  }

  /** @param {string} id */
  _forget(id) {
    const item = this._items.get(id);
    if (item) this._kept.remove(keyOf(item));
    this._items.delete(id);
    this._loaded.delete(id);
  }
}
