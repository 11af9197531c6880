/** Texts begun and not sent, one per room, kept in this browser for the history they were written in. */

export class Drafts {
  /**
   * @param {import('./storage.js').KeptValues} kept
   * @param {() => string | null} historyId null as long as the server has not been reached
   */
  constructor(kept, historyId) {
    this._kept = kept;
    this._historyId = historyId;
  }

  /** @param {string} room */
  read(room) {
    const text = this._kept.get(this._key(room));
    return typeof text === 'string' ? text : '';
  }

  /**
   * @param {string} room
   * @param {string} text '' forgets the draft
   */
  write(room, text) {
    this._kept.set(this._key(room), text || undefined);
  }

  /**
   * The server's history is another one than before: what was being written is still wanted, so it comes along.
   * @param {string} history_id
   */
  enterHistory(history_id) {
    const before = this._kept.get('history');
    this._kept.set('history', history_id);
    if (before === history_id) return;
    for (const key of this._kept.keys(`draft:${before ?? ''}:`)) {
      const moved = `draft:${history_id}:${key.split(':').slice(2).join(':')}`;
      if (this._kept.get(moved) === undefined) this._kept.set(moved, this._kept.get(key));
      this._kept.remove(key);
    }
  }

  clear() {
    for (const key of this._kept.keys('draft:')) this._kept.remove(key);
  }

  /** @param {string} room */
  _key(room) {
    return `draft:${this._historyId() ?? this._kept.get('history') ?? ''}:${room}`;
  }
}
