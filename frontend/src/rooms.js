/** What a person does with rooms as rooms: make, change, leave, invite; and which public rooms they have left. */
import { leftKey } from './lib/rooms.js';

/** @typedef {import('./room-types.js').Rooms} RoomsView */
/** @typedef {import('./protocol.js').RoomView} RoomView */

/** Members asked for at a time. */
const PAGE = 100;

/** @implements {RoomsView} */
export class Rooms {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./api.js').Api} needs.api
   * @param {import('./history.js').History} needs.history
   * @param {(event: any, payload: any) => Promise<any>} needs.ask by the socket
   * @param {(key: string, value: import('./types.js').PreferenceValue) => void} needs.setPreference
   */
  constructor({ store, api, history, ask, setPreference }) {
    this._store = store;
    this._api = api;
    this._history = history;
    this._ask = ask;
    this._setPreference = setPreference;
  }

  /** @param {{name: string, topic: string, isPrivate: boolean}} room */
  async create({ name, topic, isPrivate }) {
    return this._added(await this._ask('create_room', { name: name.trim(), topic: topic.trim(), private: isPrivate }));
  }

  /** @param {readonly string[]} usernames */
  async openDirect(usernames) {
    return this._added(await this._ask('open_direct', { usernames }));
  }

  /**
   * @param {string} room
   * @param {{name?: string, topic?: string, archived?: boolean}} change
   */
  async change(room, change) {
    const answer = await this._ask('update_room', { room, ...change });
    this._store.apply('room_changed', answer);
  }

  /**
   * @param {string} room
   * @returns {Promise<import('./protocol.js').RoomRetention>}
   */
  retention(room) {
    return this._api.ask('GET', `/api/rooms/${encodeURIComponent(room)}/retention`);
  }

  /**
   * @param {string} room
   * @param {import('./protocol.js').SetRetention} limits
   */
  async keep(room, limits) {
    this._store.apply('room_changed', { room: await this._api.ask('PATCH', `/api/rooms/${encodeURIComponent(room)}/retention`, limits) });
  }

  /**
   * @param {string} room
   * @param {string} username
   */
  async invite(room, username) {
    await this._ask('invite', { room, username });
    this._store.apply('members_changed', { room });
  }

  /**
   * @param {string} room
   * @param {string} username
   */
  async remove(room, username) {
    await this._ask('remove_member', { room, username });
    this._store.apply('members_changed', { room });
  }

  /** @param {string} room */
  async leave(room) {
    const isPublic = this._store.rooms.get(room)?.kind === 'public';
    await this._ask('leave_room', { room });
    // Told by an event as well, to every page of this person.
    const told = isPublic ? { room, is_public: true } : { room };
    this._store.apply('room_removed', told);
    this.heard('room_removed', told);
  }

  /** @param {string} room */
  async join(room) {
    this._forgetLeft(room);
    await this._history.enter();
  }

  /**
   * @param {string} room
   * @param {string} [after] the id of the last one that is known
   */
  members(room, after) {
    return this._api.members(room, { limit: PAGE, ...(after === undefined ? {} : { after }) });
  }

  /**
   * The server has told something. To know later which public rooms were left is this client's affair: to the server, who
   * has left a room is like who never was there.
   * @param {string} event
   * @param {any} payload
   */
  heard(event, payload) {
    if (event === 'room_removed') {
      this._history.expelled(payload.room);
      const key = this._key(payload.room);
      if (payload.is_public && key !== null) this._setPreference(key, true);
    } else if (event === 'room_added') this._forgetLeft(payload.room.id);
    else if (event === 'joined_room') this._forgetLeft(payload.room);
    else if (event === 'rooms_list') {
      for (const [id, entry] of Object.entries(payload)) if (entry.read_seq !== undefined) this._forgetLeft(id);
    }
  }

  /** @param {{room: RoomView}} answer */
  _added({ room }) {
    this._store.apply('room_added', { room });
    return room.id;
  }

  /** @param {string} room */
  _forgetLeft(room) {
    const key = this._key(room);
    if (key !== null && this._store.isLeft(room)) this._setPreference(key, null);
  }

  /** @param {string} room */
  _key(room) {
    const { me } = this._store;
    return me && leftKey(me.user_id, room);
  }
}
