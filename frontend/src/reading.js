/** How far this person has read: known here at once, told to the server one place per room at a time. */

export class Reading {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./socket.js').LiveSocket} needs.socket
   */
  constructor({ store, socket }) {
    this._store = store;
    this._socket = socket;
    /** What the server has still to be told. @type {Map<string, number>} */
    this._untold = new Map();
    this._isTelling = false;
  }

  /**
   * @param {string} room
   * @param {number} seq
   */
  mark(room, seq) {
    const known = this._store.room(room)?.read_seq ?? 0;
    if (seq <= known) return;
    this._store.apply('read', { room, seq });
    this._untold.set(room, seq);
    void this.tell();
  }

  /** Tells what is untold; called again when connected. Places only move forward, so the newest one is enough. */
  async tell() {
    if (this._isTelling || !this._socket.isConnected) return;
    this._isTelling = true;
    try {
      for (const [room, seq] of this._untold) {
        const told = await this._socket.request('mark_read', { room, seq });
        if (this._untold.get(room) === seq) this._untold.delete(room);
        this._store.apply('read', told);
      }
    } catch (error) {
      // Untold places are told when connected again; a refusal (rate limit) passes with the next one.
      if (!(/** @type {import('./errors.js').ChatError} */ (error).isPassing)) this._untold.clear();
    } finally {
      this._isTelling = false;
    }
  }
}
