/**
 * Gets rooms and their messages from the server into the store: joining, catching up, paging.
 *
 * A room is joined for what happens from now on, and `sync` brings what happened since it was last heard of: sent,
 * edited, deleted, reacted to. The store says whether anything is missing (`isBehind`); nothing is guessed. Pages only
 * move the window. Answers for a room that is no longer current are left to the store, which ignores them.
 */

/** @typedef {import('./errors.js').ChatError} ChatError */
/** @typedef {import('./openroom.js').OpenRoomState} OpenRoomState */

/** The server gives at most so many. */
const PAGE = 200;
const OLDER_PAGE = 100;
/** Read messages shown above the first unread one. */
const CONTEXT = 30;
/** The ack of a change comes before what others did just before it: a gap so young closes by itself. */
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
    /** Something may have been missed that no event tells of. */
    this._isSuspect = false;
    /** Counts connections: what was asked on an earlier one says nothing about this one. */
    this._connection = 0;
    /** @type {Promise<void> | null} */
    this._entering = null;
    /** Since somebody asked for it nothing was looked at. */
    this._isWanted = false;
    this._isChecking = false;
    /** @type {Promise<boolean> | null} */
    this._loading = null;
  }

  /** The connection is gone, and with it the place in a room. */
  disconnected() {
    this._connection += 1;
    this._joined = null;
  }

  /** This person does not belong to a room any more, and the server has led their connections out of it. @param {string} room */
  expelled(room) {
    if (this._joined === room) this._joined = null;
  }

  /** Joins the current room unless this connection is in it, brings it up to date, and then says that all is caught up. */
  enter() {
    this._isWanted = true;
    this._entering ??= this._enter().finally(() => {
      this._entering = null;
      // Asked for again too late for the round that was just ending.
      if (this._isWanted) void this.enter();
    });
    return this._entering;
  }

  /** The page was away: whatever the connection claims, the server is asked what has changed. */
  suspect() {
    this._isSuspect = true;
    if (this._socket.isConnected) this._store.apply('connection', { caughtUp: false });
    return this.enter();
  }

  /** To be called after facts from the server: asks for what is missing, if it does not come by itself. */
  check() {
    if (this._isChecking || this._entering || !this._isMissingSomething()) return;
    this._isChecking = true;
    void this._pause(GAP_PATIENCE_MS).then(() => {
      this._isChecking = false;
      if (!this._isMissingSomething() || !this._socket.isConnected) return;
      this._store.apply('connection', { caughtUp: false });
      void this.enter();
    });
  }

  /** @returns {Promise<boolean>} whether something changed */
  loadOlder() {
    const room = this._currentRoom();
    const start = room?.messages[0]?.seq;
    if (!room?.has_more_before || start === undefined) return Promise.resolve(false);
    return this._once(() => this._fetch(room, 'older', { before: start, limit: OLDER_PAGE }));
  }

  /** @returns {Promise<boolean>} */
  loadNewer() {
    const room = this._currentRoom();
    if (!room?.has_more_after) return Promise.resolve(false);
    return this._once(() => this._fetch(room, 'newer', { after: room.end, limit: OLDER_PAGE }));
  }

  /** @returns {Promise<boolean>} */
  loadLatest() {
    const room = this._currentRoom();
    if (!room?.has_more_after) return Promise.resolve(false);
    return this._once(() => this._fetch(room, 'replace', { limit: OLDER_PAGE }));
  }

  /**
   * Brings a place of the current room into the window and has it shown.
   * @param {number} seq
   * @returns {Promise<boolean>} false: it is not there any more, or cannot be had now
   */
  async jumpTo(seq) {
    const room = this._currentRoom();
    if (!room?.loaded) return false;
    // A page that is on its way might move the window from there again.
    await this._loading;
    const isHere = () => room.messages.some((message) => message.seq === seq);
    if (!isHere()) await this._once(() => this._fetch(room, 'replace', { around: seq, limit: OLDER_PAGE }));
    if (!isHere()) return false;
    this._store.apply('jumped', { room: room.id, seq });
    return true;
  }

  /**
   * Asks the server for messages of a room, while the store keeps what is heard meanwhile.
   * @template T
   * @param {string} room
   * @param {() => Promise<T>} ask
   * @param {(answer: T) => void} done called with the answer before the store forgets
   */
  async whileHearing(room, ask, done) {
    this._store.apply('fetching', { room, on: true });
    try {
      done(await ask());
    } finally {
      this._store.apply('fetching', { room, on: false });
    }
  }

  async _enter() {
    for (let room = this._unfinished(); room !== null; room = this._unfinished()) {
      const connection = this._connection;
      try {
        await this._goOn(room);
      } catch (error) {
        const isOver = connection !== this._connection || this._store.current !== room;
        if (!isOver && !(await this._recover(room, /** @type {ChatError} */ (error)))) return;
      }
    }
    if (!this._socket.isConnected) return;
    this._isSuspect = false;
    this._store.apply('connection', { caughtUp: true });
  }

  /** The current room while it is not joined and up to date; null when nothing is to be done, or nothing can be. */
  _unfinished() {
    this._isWanted = false;
    const { current } = this._store;
    if (current === null || !this._socket.isConnected) return null;
    const room = this._store.room(current);
    if (!room) return null;
    // A room that was left is looked at without being in it.
    if (this._store.isLeft(current)) return room.loaded ? null : current;
    return current !== this._joined || this._isSuspect || !room.loaded || room.isBehind ? current : null;
  }

  /** Whether the server knows of changes in the current room that are not here, and tells them to who is in it. */
  _isMissingSomething() {
    const room = this._currentRoom();
    return room !== undefined && room.isBehind && !this._store.isLeft(room.id);
  }

  /** The next thing to do for a room. @param {string} id */
  async _goOn(id) {
    const connection = this._connection;
    const room = this._store.room(id);
    if (room && this._store.isLeft(id)) {
      await this._fetch(room, 'replace', whereToBegin(room));
      return;
    }
    if (id !== this._joined || this._store.room(id)?.isStale) {
      // The event `joined_room` comes before the ack and has been applied by then.
      await this._socket.request('join_room', { room: id });
      if (connection === this._connection) this._joined = id;
      return;
    }
    if (!room) return;
    if (!room.loaded) await this._fetch(room, 'replace', whereToBegin(room));
    else await this._sync(room);
  }

  /** @param {OpenRoomState} room */
  async _sync(room) {
    const connection = this._connection;
    const since = { [room.id]: room.revs.known };
    const answer = await this._socket.request('sync', { history_id: this._store.historyId ?? '', rooms: since });
    this._store.apply('synced', { since, answer });
    if (connection === this._connection && !answer.rooms[room.id]?.more) this._isSuspect = false;
    // A server that knows less than it has told before would be asked without a pause.
    const isStuck = this._currentRoom() === room && room.revs.isBehind && room.revs.known === since[room.id];
    if (isStuck) await this._pause(RETRY_MS);
  }

  /**
   * @param {string} room
   * @param {ChatError} error
   * @returns {Promise<boolean>} whether to try again
   */
  async _recover(room, error) {
    if (!this._socket.isConnected) return false;
    if (error.code === 'not_identified') {
      this._onExpired(error);
      return false;
    }
    if (!error.isPassing) {
      if (error.code === 'not_found') this._store.apply('room_removed', { room });
      else this._store.apply('notice', { level: 'error', key: 'request_failed', values: { message: error.message } });
      if (this._store.current === room) this._store.apply('opened', { room: null });
      return false;
    }
    await this._pause(error.retry_after === undefined ? RETRY_MS : error.retry_after * 1000);
    return true;
  }

  /**
   * @param {OpenRoomState} room
   * @param {'older' | 'newer' | 'replace'} place
   * @param {{before?: number, after?: number, around?: number, limit: number}} where
   * @returns {Promise<boolean>}
   */
  async _fetch(room, place, where) {
    const { id, edition, messages } = room;
    await this.whileHearing(id, () => this._api.messages(id, where), (page) => this._store.apply('page', { room: id, page, place, edition }));
    return this._store.room(id)?.messages !== messages;
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

/**
 * Which page a room begins with that was not loaded by joining: at the place of a link, else where reading goes on.
 * @param {OpenRoomState} room
 */
function whereToBegin({ aim, unreadFrom, first_seq }) {
  if (aim !== null) return { around: aim, limit: PAGE };
  if (unreadFrom === null) return { limit: PAGE };
  return { after: Math.max(first_seq - 1, unreadFrom - 1 - CONTEXT, 0), limit: PAGE };
}
