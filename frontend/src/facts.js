/** What each fact does to the store: one handler for each event of the server and each local fact. */
import { mergeRoom } from './lib/people.js';
import { described, renamed } from './lib/rooms.js';
import { messageAt } from './lib/window.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./types.js').Facts} Facts */

/** Called with the store as `this`. @type {{[K in keyof Facts]: (this: Store, payload: Facts[K]) => void}} */
export const handlers = {
  connection(change) {
    const before = this.connection;
    const after = { ...before, ...change };
    if (after.status !== 'online') after.caughtUp = false;
    if (after.status !== before.status || (before.caughtUp && !after.caughtUp)) after.since = this._now();
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

  farewell(farewell) { this.farewell = farewell; },

  username_set({ username, user_id, role, history_id, limits, muted_until }) {
    this._enterHistory(history_id);
    if (limits) this.limits = limits;
    // Without an ack and an id it is the answer of the base protocol, which says nothing of a session.
    if (user_id) this._become({ username, user_id, role, ...(muted_until === undefined ? {} : { muted_until }) });
    this.session = 'active';
    this.emit('me', { session: this.session, me: this.me });
  },

  rooms_list(list) {
    const before = this.rooms;
    this.rooms = new Map();
    for (const [id, entry] of Object.entries(list)) if (this._newer.get(id) !== false) this.rooms.set(id, listed(this, id, entry, before.get(id)));
    for (const [id, isHere] of this._newer) {
      const room = before.get(id);
      if (isHere && room && !this.rooms.has(id)) this.rooms.set(id, room);
    }
    const gone = [...new Set([...before.keys(), ...this._open.keys()])].filter((id) => !this.rooms.has(id));
    if (this.rooms.size > 0) for (const id of gone) loseRoom(this, id, before.get(id));
    this.emit('rooms', {});
    this._tellStranded();
  },

  rooms_asked() { this._newer.clear(); },

  room_added({ room: view }) {
    const known = this.rooms.get(view.id);
    this._newer.set(view.id, true);
    const { last_seq } = view;
    const told = { ...described(view, known, this.me), last_seq };
    // Who comes into a room has read what was said there before.
    if (known) return this._updateRoom(view.id, this.isLeft(view.id) ? { ...told, read_seq: last_seq } : told);
    this.rooms.set(view.id, mergeRoom({ id: view.id, ...told, user_count: 0, read_seq: last_seq, unread: 0, mention_count: 0 }, {}));
    this.emit('rooms', {});
    return this._tellStranded();
  },

  room_changed({ room: view }) {
    const known = this.rooms.get(view.id);
    if (known) this._updateRoom(view.id, { ...described(view, known, this.me), last_seq: view.last_seq });
  },

  room_removed({ room: id, is_public }) {
    const known = this.rooms.get(id);
    if (is_public) {
      leaveCompany(this, id);
      return this._updateRoom(id, { read_seq: known?.last_seq ?? 0, mention_count: 0 });
    }
    this._newer.set(id, false);
    if (known || this.current === id) this._forget(id);
    return undefined;
  },

  opened({ room, seq }) {
    if (room === this.current) return;
    this.current = room;
    if (room !== null) this._openRoom(room).open(seq);
    this.emit('current', { room });
    if (room !== null) this.emit('messages', { room, change: 'reset' });
    if (room !== null) this._jumpToAim(this._openRoom(room));
  },

  joined_room(joined) {
    if (joined.room !== this.current) return;
    this._enterHistory(joined.history_id);
    const room = this._openRoom(joined.room);
    const isNews = joined.read_seq >= (this.rooms.get(room.id)?.read_seq ?? 0);
    const outcome = room.join(joined);
    this._updateRoom(room.id, { user_count: joined.user_count, last_seq: room.last_seq, read_seq: room.read_seq });
    if (isNews) this._updateRoom(room.id, { mention_count: joined.mention_count ?? 0 });
    this._messagesChanged(room, outcome);
    this.emit('people', { room: room.id });
    this.emit('typing', { room: room.id });
  },

  new_message(message) {
    this._names.set(message.user_id, message.username);
    this._updateRoom(message.room, { last_seq: message.seq });
    const room = this._open.get(message.room);
    if (!room) return;
    const stopped = room.company.typists.delete(message.user_id);
    const arrived = noteArrival(this, room, message);
    this._messagesChanged(room, room.fold([message]));
    if (stopped) this.emit('typing', { room: room.id });
    if (arrived) this.emit('arrived', arrived);
  },

  message_changed(message) {
    this._updateRoom(message.room, { last_seq: message.seq });
    const room = this._open.get(message.room);
    if (!room) return;
    countMention(this, room, message);
    this._messagesChanged(room, room.fold([message]));
  },

  saved({ client_id, message }) {
    this._outbox = this._outbox.filter((item) => item.client_id !== client_id);
    this._updateRoom(message.room, { last_seq: message.seq });
    const room = this._open.get(message.room);
    if (!room) return;
    const arrived = noteArrival(this, room, message);
    this._messagesChanged(room, room.fold([message]));
    if (room.settle(client_id, message.seq)) this.emit('messages', { room: room.id, change: 'pending' });
    if (arrived) this.emit('arrived', arrived);
  },

  synced({ since, answer }) {
    this._enterHistory(answer.history_id);
    for (const [id, told] of Object.entries(answer.rooms)) {
      const room = this._open.get(id);
      if (!room) continue;
      if (told.gone) {
        this._forget(id);
        continue;
      }
      const arrived = told.messages.map((message) => noteArrival(this, room, message));
      this._messagesChanged(room, room.sync(since[id] ?? Infinity, told));
      for (const detail of arrived) if (detail) this.emit('arrived', detail);
    }
  },

  fetching({ room, on }) { this._open.get(room)?.setFetching(on); },

  page({ room: id, page, place, edition }) {
    const room = this._open.get(id);
    if (room?.edition !== edition) return;
    this._messagesChanged(room, room.addPage(page, place));
  },

  quoted({ room: id, id: message_id, message, edition }) {
    const room = this._open.get(id);
    if (room?.edition !== edition) return;
    room.quote(message_id, message);
    this.emit('messages', { room: id, change: 'changed', ids: [message_id] });
  },

  jumped({ room: id, seq }) {
    const room = this._open.get(id);
    if (!room) return;
    room.aim = seq;
    this._jumpToAim(room);
  },

  changes({ items, settled }) {
    this._changes = items;
    const settledIn = settled && this._open.get(settled.room);
    if (settledIn) countMention(this, settledIn, settled);
    for (const room of this._open.values()) {
      const outcome = settled && room === settledIn ? room.fold([settled]) : { change: null, ids: [] };
      const ids = room.setChanges(items.filter((item) => item.room === room.id), this.me?.user_id ?? '');
      this._messagesChanged(room, { change: outcome.change, ids: [...new Set([...outcome.ids, ...ids])] });
    }
  },

  history_trimmed(trimmed) {
    const room = this._open.get(trimmed.room);
    if (!room) return;
    const change = room.trim(trimmed);
    this._messagesChanged(room, { change, ids: [] });
    if (change === 'trimmed' && room.id === this.current) this.emit('notice', { level: 'info', key: 'history_trimmed' });
  },

  history_restored(restored) {
    const room = this._open.get(restored.room);
    if (!room) return;
    const isBack = room.restore(restored);
    this._messagesChanged(room, { change: 'trimmed', ids: [] });
    if (isBack && room.id === this.current) this.emit('notice', { level: 'info', key: 'history_restored' });
  },

  room_activity({ room: id, last_seq, last_rev, user_count, mention }) {
    const open = this._open.get(id);
    if (open) {
      open.window.last_seq = Math.max(open.last_seq, last_seq);
      open.revs.hear(last_rev);
    }
    this._updateRoom(id, { last_seq, ...(user_count === undefined ? {} : { user_count }) });
    if (mention) this._updateRoom(id, { mention_count: (this.rooms.get(id)?.mention_count ?? 0) + 1 });
  },

  read({ room: id, seq, mention_count }) {
    const open = this._open.get(id);
    open?.markRead(seq);
    if (seq < (this.rooms.get(id)?.read_seq ?? 0)) return;
    const counted = mention_count ?? open?.mentionsAfter(seq, this.me?.user_id ?? '') ?? null;
    this._updateRoom(id, { read_seq: seq, ...(counted === null ? {} : { mention_count: counted }) });
  },

  user_joined(presence) { foldPresence(this, presence, 'joined'); },
  user_left(presence) { foldPresence(this, presence, 'left'); },

  user_typing(event) {
    const room = this._open.get(event.room ?? this.current ?? '');
    if (!room || event.user_id === this.me?.user_id) return;
    const clock = { now: this._now(), timeout: this.limits.typing_timeout };
    room.company.type(event, clock);
    this.emit('typing', { room: room.id });
  },

  typing_expired({ room }) {
    if (this._open.get(room)?.company.expireTyping(this._now())) this.emit('typing', { room });
  },

  user_changed(change) {
    const oldName = this._names.get(change.user_id);
    this._names.set(change.user_id, change.username);
    if (this.me?.user_id === change.user_id && this.me.username !== change.username) {
      this.me = { ...this.me, username: change.username };
      this.emit('me', { session: this.session, me: this.me });
    }
    for (const room of this.rooms.values()) {
      const names = renamed(room, change, this.me);
      if (names) this._updateRoom(room.id, names);
    }
    for (const room of this._open.values()) if (room.company.rename(change, oldName)) this.emit('people', { room: room.id });
    this.emit('person', change);
  },

  people({ room: id, people }) {
    const room = this._open.get(id);
    if (!room) return;
    room.company.meet(people);
    for (const { user_id, username } of people.users) this._names.set(user_id, username);
    this.emit('people', { room: id });
  },

  members_changed({ room }) { this.emit('members', { room }); },

  names({ people }) {
    for (const { user_id, username } of people) if (user_id !== undefined) this._names.set(user_id, username);
    if (people.length > 0 && this.current !== null) this.emit('people', { room: this.current });
  },

  outbox({ items, room: only }) {
    this._outbox = items;
    for (const room of this._open.values()) {
      if (only !== undefined && room.id !== only) continue;
      room.unsettled = items.filter((item) => item.room === room.id);
      this.emit('messages', { room: room.id, change: 'pending' });
    }
    this._tellStranded();
  },

  attention({ here }) { this._here = here; },

  preference({ key, value }) {
    if (this.preference(key) === value) return;
    this._preferences.set(key, value);
    this.emit('preference', { key, value });
    if (key.startsWith('level:') || key.startsWith('left:')) this.emit('rooms', {});
  },

  identity_changed(identity) { this.emit('identity', identity); },

  trouble_changed({ trouble }) {
    this.trouble = trouble;
    this.emit('trouble', trouble);
  },

  secure(secure) {
    this.secure = secure;
    this.emit('secure', secure);
  },

  notice(notice) { this.emit('notice', notice); },
};

/**
 * A line of the list as the server has just told it.
 * @param {Store} store
 * @param {string} id
 * @param {import('./protocol.js').RoomEntry} entry
 * @param {Readonly<import('./types.js').Room> | undefined} before
 */
function listed(store, id, entry, before) {
  const { user_count, last_seq, read_seq, mention_count = 0 } = entry;
  const told = described(entry, before, store.me);
  const known = before ?? { id, ...told, user_count, last_seq: 0, read_seq: 0, unread: 0, mention_count: 0 };
  // Without a place of one's own (no identity, or never in the room) unread is what has come since the list was first seen.
  const place = read_seq ?? (before ? known.read_seq : last_seq);
  const mentions = place >= known.read_seq ? { mention_count } : {};
  const open = store._open.get(id);
  if (open) open.window.last_seq = Math.max(open.last_seq, last_seq);
  open?.markRead(read_seq ?? 0);
  return mergeRoom(known, { ...told, user_count, last_seq, read_seq: place, ...mentions });
}

/**
 * This person is not among those in a room any more, and will not be told of them.
 * @param {Store} store
 * @param {string} id
 */
function leaveCompany(store, id) {
  const company = store._open.get(id)?.company;
  if (!company?.people.some(({ username }) => username === store.me?.username)) return;
  company.meet({ users: company.people.filter(({ username }) => username !== store.me?.username), user_count: Math.max(0, company.user_count - 1) });
  store.emit('people', { room: id });
}

/**
 * A room that the list does not have: gone while this client was away, or it never was one for this person.
 * @param {Store} store
 * @param {string} id
 * @param {Readonly<import('./types.js').Room> | undefined} known
 */
function loseRoom(store, id, known) {
  // To be told of by its name it must be there once more.
  if (known) store.rooms.set(id, known);
  store._forget(id);
}

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
  room.company.presence(presence, kind, { line: own || !room.loaded ? null : room.end, now: store._now() });
  store.emit('people', { room: room.id });
}

/**
 * What follows from a message that came live, once each, however it came. Before it is shown, and told of after that.
 * @param {Store} store
 * @param {import('./openroom.js').OpenRoomState} room
 * @param {import('./protocol.js').Message} message
 * @returns {import('./types.js').StoreEvents['arrived'] | null} null: it is nothing new
 */
function noteArrival(store, room, message) {
  const { me } = store;
  const own = message.user_id === me?.user_id;
  // Who writes has read all before.
  if (own && room.markRead(message.seq)) store._updateRoom(room.id, { read_seq: message.seq });
  if (message.deleted || !room.announce(message)) return null;
  const mention = !own && me !== null && message.mentions?.includes(me.user_id) === true;
  if (!own && !store._here && room.unreadFrom === null) room.unreadFrom = message.seq;
  if (mention && message.seq > room.read_seq) addMentions(store, room, 1);
  return { message, own, mention };
}

/**
 * What an edit, or a deletion, does to the count of mentions; of a message that is not known the server's next count tells.
 * @param {Store} store
 * @param {import('./openroom.js').OpenRoomState} room
 * @param {import('./protocol.js').Message} message
 */
function countMention(store, room, message) {
  const known = messageAt(room.window, message.seq);
  const me = store.me?.user_id;
  if (!known || me === undefined || known.rev >= message.rev || message.seq <= room.read_seq) return;
  const before = known.mentions?.includes(me) === true;
  const after = message.mentions?.includes(me) === true;
  if (before !== after) addMentions(store, room, after ? 1 : -1);
}

/**
 * @param {Store} store
 * @param {import('./openroom.js').OpenRoomState} room
 * @param {number} more
 */
function addMentions(store, { id, last_seq }, more) {
  store._updateRoom(id, { last_seq, mention_count: (store.rooms.get(id)?.mention_count ?? 0) + more });
}
