/** Messages that are quoted and may stand outside the window: fetched once each, then kept true by the store. */

export class Quotes {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./api.js').Api} needs.api
   * @param {import('./history.js').History} needs.history
   */
  constructor({ store, api, history }) {
    this._store = store;
    this._api = api;
    this._history = history;
    /** Requests under way, by message id. @type {Map<string, Promise<void>>} */
    this._asked = new Map();
  }

  /**
   * A message of the current room, as far as it is known.
   * @param {string} id
   * @returns {import('./types.js').RoomMessage | null | undefined} null: there is none; undefined: not known
   */
  known(id) {
    return this._room?.message(id);
  }

  /**
   * @param {string} id
   * @returns {Promise<import('./types.js').RoomMessage | null>} null: there is none (any more)
   */
  async find(id) {
    const room = this._room;
    if (room && this.known(id) === undefined) {
      if (!this._asked.has(id)) this._asked.set(id, this._fetch(room, id).finally(() => { this._asked.delete(id); }));
      await this._asked.get(id);
    }
    return room?.message(id) ?? null;
  }

  /**
   * @param {import('./openroom.js').OpenRoomState} room
   * @param {string} id
   */
  _fetch({ id: room, edition }, id) {
    const ask = () => this._api.message(id).catch((error) => {
      if (error.code === 'not_found') return null;
      throw error;
    });
    return this._history.whileHearing(room, ask, (message) => {
      // An answer stands in the room of what it answers.
      const isHere = message === null || message.room === room;
      this._store.apply('quoted', { room, id, message: isHere ? message : null, edition });
    });
  }

  get _room() {
    const { current } = this._store;
    return current === null ? undefined : this._store.room(current);
  }
}
