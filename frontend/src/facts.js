/** What each fact does to the store: one handler for each event of the server and each local fact. */
import { mergeRoom, sortPeople } from './lib/people.js';
import { addMessage, addPage, trim } from './lib/window.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./types.js').Facts} Facts */

/** Called with the store as `this`. @type {{[K in keyof Facts]: (this: Store, payload: Facts[K]) => void}} */
export const handlers = {
  connection(change) {
    const before = this.connection;
    const after = { ...before, ...change };
    if (after.status !== before.status) after.since = this._now();
    if (after.status !== 'online') after.caughtUp = false;
    const same = after.status === before.status && after.retryAt === before.retryAt && after.caughtUp === before.caughtUp;
    if (same) return;
    this.connection = after;
    this.emit('connection', after);
  },

  session({ session, me }) {
    this.session = session;
    if (me !== undefined) this._become(me);
    this.emit('me', { session, me: this.me });
  },

  username_set({ username, user_id, history_id, limits }) {
    this._enterHistory(history_id);
    if (limits) this.limits = limits;
    // Without an ack and an id it is the answer of the base protocol, which says nothing of a session.
    if (user_id) this._become({ username, user_id });
    this.session = 'active';
    this.emit('me', { session: this.session, me: this.me });
  },

  rooms_list(list) {
    const before = this.rooms;
    this.rooms = new Map();
    for (const [id, entry] of Object.entries(list)) {
      const { name, topic, user_count, last_seq, read_seq } = entry;
      const known = before.get(id) ?? { id, name, topic, user_count, last_seq: 0, read_seq: 0, unread: 0 };
      // Without a place of one's own (no identity, or never in the room) unread is what has come since the list was first seen.
      const place = read_seq ?? (before.has(id) ? known.read_seq : last_seq);
      this.rooms.set(id, mergeRoom(known, { name, topic: topic ?? '', user_count, last_seq, read_seq: place }));
      const open = this._open.get(id);
      if (open) open.window.last_seq = Math.max(open.last_seq, last_seq);
      open?.markRead(read_seq ?? 0);
    }
    this.emit('rooms', {});
  },

  opened({ room }) {
    if (room === this.current) return;
    this.current = room;
    if (room !== null) this._openRoom(room).open();
    this.emit('current', { room });
    if (room !== null) this.emit('messages', { room, change: 'reset' });
  },

  joined_room(joined) {
    if (joined.room !== this.current) return;
    this._enterHistory(joined.history_id);
    const room = this._openRoom(joined.room);
    const change = room.join(joined);
    this._updateRoom(room.id, { user_count: joined.user_count });
    this._messagesChanged(room, change);
    this.emit('people', { room: room.id });
    this.emit('typing', { room: room.id });
  },

  new_message(message) {
    this._names.set(message.user_id, message.username);
    this._updateRoom(message.room, { last_seq: message.seq });
    const room = this._open.get(message.room);
    if (!room) return;
    const isFirst = room.announce(message);
    const own = message.user_id === this.me?.user_id;
    if (own) room.markRead(message.seq);
    if (isFirst && !own && !this._here && room.unreadFrom === null) room.unreadFrom = message.seq;
    const stopped = room.typists.delete(message.user_id);
    this._messagesChanged(room, addMessage(room.window, message));
    if (stopped) this.emit('typing', { room: room.id });
    if (isFirst) this.emit('arrived', { message, own });
  },

  saved({ client_id, message }) {
    this._outbox = this._outbox.filter((item) => item.client_id !== client_id);
    const room = this._open.get(message.room);
    this.apply('new_message', message);
    if (room?.settle(client_id, message.seq)) this.emit('messages', { room: room.id, change: 'pending' });
  },

  page({ room: id, page, place, history_id }) {
    const room = this._open.get(id);
    if (!room || history_id !== this.historyId) return;
    this._messagesChanged(room, addPage(room.window, page, place));
  },

  history_trimmed({ room: id, before_seq }) {
    const room = this._open.get(id);
    if (!room) return;
    const change = trim(room.window, before_seq);
    this._messagesChanged(room, change);
    if (change && id === this.current) this.emit('notice', { level: 'info', key: 'history_trimmed' });
  },

  room_activity({ room: id, last_seq, user_count }) {
    const open = this._open.get(id);
    if (open) open.window.last_seq = Math.max(open.last_seq, last_seq);
    this._updateRoom(id, { last_seq, ...(user_count === undefined ? {} : { user_count }) });
  },

  read({ room: id, seq }) {
    this._open.get(id)?.markRead(seq);
    this._updateRoom(id, { read_seq: seq });
  },

  user_joined(presence) { foldPresence(this, presence, 'joined'); },
  user_left(presence) { foldPresence(this, presence, 'left'); },

  user_typing(event) {
    const room = this._open.get(event.room ?? this.current ?? '');
    if (!room || event.user_id === this.me?.user_id) return;
    const clock = { now: this._now(), timeout: this.limits.typing_timeout };
    room.type(event, clock);
    this.emit('typing', { room: room.id });
  },

  typing_expired({ room }) {
    if (this._open.get(room)?.expireTyping(this._now())) this.emit('typing', { room });
  },

  user_changed(change) {
    const oldName = this._names.get(change.user_id);
    this._names.set(change.user_id, change.username);
    if (this.me?.user_id === change.user_id && this.me.username !== change.username) {
      this.me = { ...this.me, username: change.username };
      this.emit('me', { session: this.session, me: this.me });
    }
    for (const room of this._open.values()) if (room.rename(change, oldName)) this.emit('people', { room: room.id });
  },

  people({ room: id, people }) {
    const room = this._open.get(id);
    if (!room) return;
    room.people = sortPeople(people.users);
    room.user_count = people.user_count;
    for (const { user_id, username } of people.users) this._names.set(user_id, username);
    this.emit('people', { room: id });
  },

  outbox({ items, room: only }) {
    this._outbox = items;
    for (const room of this._open.values()) {
      if (only !== undefined && room.id !== only) continue;
      room.unsettled = items.filter((item) => item.room === room.id);
      this.emit('messages', { room: room.id, change: 'pending' });
    }
  },

  attention({ here }) { this._here = here; },

  preference({ key, value }) {
    if (this.preference(key) === value) return;
    this._preferences.set(key, value);
    this.emit('preference', { key, value });
    if (key.startsWith('level:')) this.emit('rooms', {});
  },

  notice(notice) { this.emit('notice', notice); },
};

/**
 * @param {Store} store
 * @param {import('./protocol.js').UserJoined} presence
 * @param {'joined' | 'left'} kind
 */
function foldPresence(store, presence, kind) {
  if (presence.user_id) store._names.set(presence.user_id, presence.username);
  store._updateRoom(presence.room, { user_count: presence.user_count });
  const room = store._open.get(presence.room);
  if (!room || presence.room !== store.current) return;
  const own = presence.user_id === store.me?.user_id;
  room.presence(presence, kind, { line: !own, now: store._now() });
  store.emit('people', { room: room.id });
}
