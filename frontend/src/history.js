/**
 * Gets rooms and their messages from the server into the store: joining, closing gaps, paging.
 *
 * The store says where something is missing; this fetches it. Answers for a room that is no longer current are left to
 * the store, which ignores them.
 */

/** @typedef {import('./errors.js').ChatError} ChatError */

/** The server gives at most so many. */
const PAGE = 200;
const OLDER_PAGE = 100;
/** Read messages shown above the first unread one. */
const CONTEXT = 30;
/** Messages of a batch may come in another order than acks; a gap that young usually closes by itself. */
const GAP_PATIENCE_MS = 250;
const RETRY_MS = 1000;

export class History {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./api.js').Api} needs.api
   * @param {import('./socket.js').LiveSocket} needs.socket
   * @param {(error: ChatError) => void} needs.onExpired told when the server no longer knows who we are
   * @param {(task: () => void, delay: number) => unknown} [needs.later]
   */
  constructor({ store, api, socket, onExpired, later = (task, delay) => setTimeout(task, delay) }) {
    this._store = store;
    this._api = api;
    this._socket = socket;
    this._onExpired = onExpired;
    this._later = later;
    /** The room this connection is in. @type {string | null} */
    this._joined = null;
    /** Counts connections: what was asked on an earlier one says nothing about this one. */
    this._connection = 0;
    /** @type {Promise<void> | null} */
    this._entering = null;
    /** @type {Promise<void> | null} */
    this._closing = null;
    /** @type {Promise<boolean> | null} */
    this._loading = null;
  }

  /** The connection is gone, and with it the place in a room. */
  disconnected() {
    this._connection += 1;
    this._joined = null;
  }

  /** Joins the current room unless this connection is in it, closes its gap, and then says that all is caught up. */
  enter() {
    this._entering ??= this._enter().finally(() => { this._entering = null; });
    return this._entering;
  }

  /** To be called after facts from the server: fetches what is missing, if it does not come by itself. */
  check() {
    if (this._closing || this._entering || !this._currentRoom()?.gap) return;
    this._closing = this._pause(GAP_PATIENCE_MS)
      .then(() => this._closeGap())
      .catch(() => undefined)
      .finally(() => { this._closing = null; });
  }

  /** @returns {Promise<boolean>} whether something changed */
  loadOlder() {
    const room = this._currentRoom();
    const start = room?.messages[0]?.seq;
    if (!room?.has_more_before || start === undefined) return Promise.resolve(false);
    return this._once(() => this._fetch(room.id, 'older', { before: start, limit: OLDER_PAGE }));
  }

  /** @returns {Promise<boolean>} */
  loadNewer() {
    const room = this._currentRoom();
    if (!room?.has_more_after) return Promise.resolve(false);
    return this._once(() => this._fetch(room.id, 'newer', { after: room.end, limit: OLDER_PAGE }));
  }

  /** @returns {Promise<boolean>} */
  loadLatest() {
    const room = this._currentRoom();
    if (!room || (room.following && !room.gap)) return Promise.resolve(false);
    return this._once(() => this._fetch(room.id, 'replace', { limit: OLDER_PAGE }));
  }

  async _enter() {
    for (let room = this._wanted(); room !== null; room = this._wanted()) {
      try {
        await this._join(room);
      } catch (error) {
        if (!(await this._recover(room, /** @type {ChatError} */ (error)))) return;
      }
    }
    const { current } = this._store;
    if (this._socket.isConnected && (current === null || current === this._joined)) this._store.apply('connection', { caughtUp: true });
  }

  /** The room to join next; null when there is none or no way to. */
  _wanted() {
    const { current } = this._store;
    return this._socket.isConnected && current !== this._joined ? current : null;
  }

  /** @param {string} room */
  async _join(room) {
    const connection = this._connection;
    // The event `joined_room` comes before the ack and has been applied by then.
    await this._socket.request('join_room', { room });
    await this._openAtUnread(room);
    await this._closeGap();
    if (connection === this._connection) this._joined = room;
  }

  /**
   * The room was not loaded by joining because reading goes on before the newest page.
   * @param {string} id
   */
  async _openAtUnread(id) {
    const room = this._store.room(id);
    if (!room || room.loaded || room.unreadFrom === null || this._store.current !== id) return;
    const after = Math.max(room.first_seq - 1, room.unreadFrom - 1 - CONTEXT, 0);
    await this._fetch(id, 'replace', { after, limit: PAGE });
  }

  async _closeGap() {
    for (let room = this._currentRoom(); room?.gap; room = this._currentRoom()) {
      const changed = await this._fetch(room.id, 'newer', { after: room.end, limit: PAGE });
      if (!changed && this._store.current === room.id) return;
    }
  }

  /**
   * @param {string} room
   * @param {ChatError} error
   * @returns {Promise<boolean>} whether to try again
   */
  async _recover(room, error) {
    if (!this._socket.isConnected) return false;
    if (this._store.current !== room) return true;
    if (error.code === 'not_identified') {
      this._onExpired(error);
      return false;
    }
    if (!error.isPassing) {
      this._store.apply('notice', { level: 'error', key: error.code === 'not_found' ? 'room_gone' : 'request_failed', values: { message: error.message } });
      this._store.apply('opened', { room: null });
      return false;
    }
    await this._pause(error.retry_after === undefined ? RETRY_MS : error.retry_after * 1000);
    return true;
  }

  /**
   * @param {string} room
   * @param {'older' | 'newer' | 'replace'} place
   * @param {{before?: number, after?: number, limit: number}} where
   * @returns {Promise<boolean>}
   */
  async _fetch(room, place, where) {
    const history_id = this._store.historyId;
    const before = this._store.room(room)?.messages;
    const page = await this._api.messages(room, where);
    this._store.apply('page', { room, page, place, history_id });
    return this._store.room(room)?.messages !== before;
  }

  /**
   * One page at a time; a request while another runs does nothing.
   * @param {() => Promise<boolean>} task
   */
  _once(task) {
    if (this._loading) return Promise.resolve(false);
    this._loading = task().catch((error) => this._failed(error)).finally(() => { this._loading = null; });
    return this._loading;
  }

  /**
   * @param {ChatError} error
   * @returns {false}
   */
  _failed(error) {
    if (error.code === 'not_identified') this._onExpired(error);
    else if (error.code !== 'offline') this._store.apply('notice', { level: 'error', key: 'request_failed', values: { message: error.message } });
    return false;
  }

  _currentRoom() {
    const { current } = this._store;
    return current === null ? undefined : this._store.room(current);
  }

  /** @param {number} delay milliseconds */
  _pause(delay) {
    return new Promise((/** @type {(value?: undefined) => void} */ resolve) => { this._later(resolve, delay); });
  }
}
