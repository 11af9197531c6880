/**
 * What this client knows. Facts go in through `apply` (what each does: `facts.js`); views read the state and listen to events.
 *
 * Applying a fact twice, late or out of order changes nothing: messages are merged by `seq`, places only move forward,
 * and facts of another history or of a room no longer current are dropped. Nothing here touches DOM, network or timers.
 */
import { handlers } from './facts.js';
import { mergeRoom } from './lib/people.js';
import { isAlive, leftKey } from './lib/rooms.js';
import { messageAt } from './lib/window.js';
import { OpenRoomState } from './openroom.js';

/** @typedef {import('./types.js').Store} StoreView */
/** @typedef {import('./types.js').Facts} Facts */
/** @typedef {import('./types.js').Room} Room */
/** @typedef {import('./types.js').PreferenceValue} PreferenceValue */

/** @implements {StoreView} */
export class Store extends EventTarget {
  /**
   * @param {{limits: import('./protocol.js').Limits, preferences?: Iterable<[string, PreferenceValue]>,
   *   now?: () => number}} options `limits` hold until the server tells its own; `now` in milliseconds
   */
  constructor({ limits, preferences = [], now = Date.now }) {
    super();
    this._now = now;
    /** @type {import('./types.js').Connection} */
    this.connection = { status: 'connecting', since: now(), retryAt: null, caughtUp: false };
    /** @type {import('./types.js').SessionState} */
    this.session = 'unknown';
    /** @type {import('./types.js').Myself | null} */
    this.me = null;
    /** @type {string | null} */
    this.historyId = null;
    /** @type {import('./types.js').Farewell | null} */
    this.farewell = null;
    this.limits = limits;
    /** @type {readonly import('./protocol.js').Trouble[]} */
    this.trouble = [];
    /** @type {Map<string, Room>} */
    this.rooms = new Map();
    /** @type {string | null} */
    this.current = null;
    /** @type {Map<string, OpenRoomState>} */
    this._open = new Map();
    /** @type {Map<string, PreferenceValue>} */
    this._preferences = new Map(preferences);
    /** Names by user id, as far as seen: a rename is told by id. @type {Map<string, string>} */
    this._names = new Map();
    /** @type {import('./types.js').PendingMessage[]} */
    this._outbox = [];
    /** @type {readonly import('./types.js').Change[]} */
    this._changes = [];
    this._here = true;
    /** Rooms that came (true) or went since the list was last asked for: its answer may be older. @type {Map<string, boolean>} */
    this._newer = new Map();
    /** Messages whose writer was told that there is nowhere to send them. @type {Set<string>} */
    this._stranded = new Set();
    /** @type {import('./types.js').Secure} */
    this.secure = { https: 'off', state: 'unknown' };
  }

  /** @param {string} id */
  room(id) {
    return this._open.get(id);
  }

  /** @param {string} key */
  preference(key) {
    return this._preferences.get(key) ?? null;
  }

  get unreadTotal() {
    let total = 0;
    for (const room of this.rooms.values()) {
      if (isAlive(this, room)) total += { none: 0, mentions: room.mention_count }[this._level(room.id)] ?? room.unread;
    }
    return total;
  }

  get mentionTotal() {
    let total = 0;
    for (const room of this.rooms.values()) if (isAlive(this, room) && this._level(room.id) !== 'none') total += room.mention_count;
    return total;
  }

  /** @param {string} user_id */
  nameOf(user_id) {
    return (user_id === this.me?.user_id ? this.me.username : this._names.get(user_id)) ?? null;
  }

  /** @param {string} room */
  isLeft(room) {
    return this.me !== null && this.preference(leftKey(this.me.user_id, room)) === true;
  }

  /** @param {string} room */
  _level(room) {
    return String(this.preference(`level:${room}`) ?? 'all');
  }

  /** @param {string} room */
  typingExpiresAt(room) {
    const ends = [...(this._open.get(room)?.company.typists.values() ?? [])].map((each) => each.until);
    return ends.length > 0 ? Math.min(...ends) : null;
  }

  /**
   * @template {keyof Facts} K
   * @param {K} event
   * @param {Facts[K]} payload
   */
  apply(event, payload) {
    const handler = /** @type {((payload: Facts[K]) => void) | undefined} */ (handlers[event]?.bind(this));
    handler?.(payload);
  }

  /**
   * @template {keyof import('./types.js').StoreEvents} K
   * @param {K} type
   * @param {import('./types.js').StoreListener<K> | EventListenerObject | null} listener
   * @param {boolean | AddEventListenerOptions} [options]
   * @override
   */
  addEventListener(type, listener, options) {
    super.addEventListener(type, /** @type {any} */ (listener), options);
  }

  /**
   * @template {keyof import('./types.js').StoreEvents} K
   * @param {K} type
   * @param {import('./types.js').StoreListener<K> | EventListenerObject | null} listener
   * @override
   */
  removeEventListener(type, listener) {
    super.removeEventListener(type, /** @type {any} */ (listener));
  }

  /**
   * @template {keyof import('./types.js').StoreEvents} K
   * @param {K} type
   * @param {import('./types.js').StoreEvents[K]} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /**
   * Another history than before means that nothing cached is true any more.
   * @param {string | undefined} history_id
   */
  _enterHistory(history_id) {
    if (!history_id || history_id === this.historyId) return;
    const before = this.historyId;
    this.historyId = history_id;
    if (before === null) return;
    const opened = [...this._open.keys()];
    this._open.clear();
    this.rooms.clear();
    if (this.current !== null) this._openRoom(this.current);
    this.emit('rooms', {});
    for (const room of opened) this.emit('messages', { room, change: 'reset' });
    this.emit('notice', { level: 'info', key: 'history_changed' });
  }

  /**
   * Places and counts belong to a person: nothing of the last one's is left for the next.
   * @param {import('./types.js').Myself | null} me
   */
  _become(me) {
    const before = this.me;
    this.me = me;
    if (!before || before.user_id === me?.user_id) return;
    this._open.clear();
    this.rooms.clear();
    if (this.current !== null && me) this._openRoom(this.current);
    else if (this.current !== null) this.apply('opened', { room: null });
    this.emit('rooms', {});
    if (this.current !== null) this.emit('messages', { room: this.current, change: 'reset' });
  }

  /** @param {string} id */
  _openRoom(id) {
    let room = this._open.get(id);
    if (!room) {
      room = new OpenRoomState(id);
      room.unsettled = this._outbox.filter((item) => item.room === id);
      room.setChanges(this._changes.filter((change) => change.room === id), this.me?.user_id ?? '');
      const { read_seq, last_seq } = this.rooms.get(id) ?? { read_seq: 0, last_seq: 0 };
      room.read_seq = read_seq;
      room.window.last_seq = last_seq;
      this._open.set(id, room);
    }
    return room;
  }

  /**
   * Changes an entry of the room list; places only move forward.
   * @param {string} id
   * @param {Partial<Omit<Room, 'id' | 'unread'>>} change
   */
  _updateRoom(id, change) {
    const before = this.rooms.get(id);
    if (!before) return;
    const after = mergeRoom(before, change);
    if (Object.entries(after).every(([key, value]) => before[/** @type {keyof Room} */ (key)] === value)) return;
    this.rooms.set(id, after);
    this.emit('rooms', { room: id });
  }

  /**
   * What follows from every change of a room's messages.
   * @param {OpenRoomState} room
   * @param {import('./lib/window.js').Outcome} outcome
   */
  _messagesChanged(room, { change, ids }) {
    this._updateRoom(room.id, { last_seq: room.last_seq, read_seq: room.read_seq });
    if (change) {
      room.tidy();
      // A room is shown at once as it was; where the view begins is decided by what has come since.
      this.emit('messages', { room: room.id, change: change === 'newer' && room.isOpening ? 'reset' : change });
    }
    if (ids.length > 0 && change !== 'reset') this.emit('messages', { room: room.id, change: 'changed', ids });
    if (room.loaded && !room.isBehind) room.isOpening = false;
    this._jumpToAim(room);
  }

  /** Shows the place a link or a jump has named, when it is here. @param {OpenRoomState} room */
  _jumpToAim(room) {
    const { aim } = room;
    if (aim === null || !room.loaded || room.id !== this.current) return;
    const isHere = messageAt(room.window, aim) !== undefined;
    // What has just come may be wanted only after this.
    if (!isHere && aim >= room.first_seq && aim <= room.last_seq) return;
    room.aim = null;
    if (isHere) this.emit('jump', { room: room.id, seq: aim });
    else this.emit('notice', { level: 'info', key: 'message_gone' });
  }

  /**
   * There is no such room for this person (any more). What they wrote for it stays where it is kept.
   * @param {string} id
   */
  _forget(id) {
    const known = this.rooms.get(id);
    this._open.delete(id);
    this.rooms.delete(id);
    if (this.current === id) {
      const key = known?.kind === 'direct' ? 'direct_gone' : 'room_gone';
      this.emit('notice', known ? { level: 'info', key, values: { room: known.name } } : { level: 'error', key: 'no_room' });
      this.apply('opened', { room: null });
    }
    if (known) this.emit('rooms', {});
    this._tellStranded();
  }

  /** Of what was refused and stands in no room that could be shown, its writer is told here. */
  _tellStranded() {
    if (this.rooms.size === 0) return;
    const items = this._outbox.filter((item) => item.state === 'failed' && !this.rooms.has(item.room) && !this._stranded.has(item.client_id));
    for (const { client_id } of items) this._stranded.add(client_id);
    if (items.length > 0) this.emit('stranded', { items });
  }
}
