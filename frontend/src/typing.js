/** Tells others that this person types, not more often than needed, and forgets others who have stopped telling. */

export class Typing {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./socket.js').LiveSocket} needs.socket
   */
  constructor({ store, socket }) {
    this._store = store;
    this._socket = socket;
    this._isTyping = false;
    this._toldAt = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._silence = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._expiry = undefined;
    store.addEventListener('typing', (event) => this._watch(event.detail.room));
  }

  /** A key was pressed. The others' display lasts one timeout, so half of one is often enough. */
  typed() {
    const timeout = this._store.limits.typing_timeout;
    clearTimeout(this._silence);
    this._silence = setTimeout(() => this.stop(), timeout);
    if (this._isTyping && Date.now() - this._toldAt < timeout / 2) return;
    this._isTyping = true;
    this._toldAt = Date.now();
    this._tell(true);
  }

  /** Silence, or another room. */
  stop() {
    if (!this._isTyping) return;
    this.sent();
    this._tell(false);
  }

  /** Sending ends it on the server too. */
  sent() {
    clearTimeout(this._silence);
    this._isTyping = false;
  }

  /** @param {boolean} typing */
  _tell(typing) {
    // Forgettable: whether it arrives is not worth a retry or a word.
    this._socket.request('typing', { typing }).catch(() => undefined);
  }

  /** @param {string} room */
  _watch(room) {
    if (room !== this._store.current) return;
    clearTimeout(this._expiry);
    const at = this._store.typingExpiresAt(room);
    if (at === null) return;
    this._expiry = setTimeout(() => {
      this._store.apply('typing_expired', { room });
      this._watch(room);
    }, Math.max(0, at - Date.now()));
  }
}
