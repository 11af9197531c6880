/** What a person can do here, each as one method; the way from the views to store, socket and server. */
import { UNDO_MS } from './changes.js';
import { cleanMessage, countCodePoints, isLoopback } from './lib/text.js';
import { askToNotify, canNotify, copyText } from './platform.js';

/** @typedef {import('./types.js').Actions} Actions */

/** So often it is asked who is in a room where the answer is overtaken: in a busy one what is told has to do. */
const MOST_TRIES = 3;

/** @implements {Actions} */
export class ChatActions {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./api.js').Api} needs.api
   * @param {import('./socket.js').LiveSocket} needs.socket
   * @param {import('./session.js').Session} needs.session
   * @param {import('./history.js').History} needs.history
   * @param {import('./outbox.js').Outbox} needs.outbox
   * @param {import('./changes.js').Changes} needs.changes
   * @param {import('./quotes.js').Quotes} needs.quotes
   * @param {import('./names.js').Names} needs.names
   * @param {import('./drafts.js').Drafts} needs.drafts
   * @param {import('./typing.js').Typing} needs.typing
   * @param {import('./reading.js').Reading} needs.reading
   * @param {import('./storage.js').KeptValues} needs.kept
   * @param {import('./move.js').Move} needs.move
   */
  constructor({ store, api, socket, session, history, outbox, changes, quotes, names, drafts, typing, reading, kept, move }) {
    this._store = store;
    this._api = api;
    this._socket = socket;
    this._session = session;
    this._history = history;
    this._outbox = outbox;
    this._changes = changes;
    this._quotes = quotes;
    this._names = names;
    this._drafts = drafts;
    this._typing = typing;
    this._reading = reading;
    this._kept = kept;
    this._move = move;
    /** Where others reach this server, the best first, once it was asked. @type {readonly string[]} */
    this._addresses = [];
    store.addEventListener('identity', ({ detail }) => { this._addresses = detail.addresses; });
    this.notificationsAvailable = canNotify;
    this.undoPeriod = UNDO_MS;
  }

  /** @param {import('./people-types.js').Credentials} credentials */
  signIn(credentials) {
    return this._session.signIn({ ...credentials, username: credentials.username.trim() });
  }

  /** @param {string} username */
  async rename(username) {
    await this._socket.request('set_username', { username: username.trim() });
  }

  async signOut() {
    await this._session.signOut();
    this._forget();
  }

  /** @param {import('./protocol.js').Leave} asked */
  async leave(asked) {
    await this._session.leave(asked);
    this._forget();
  }

  _forget() {
    this._changes.clear();
    this._drafts.clear();
  }

  /**
   * @param {string | null} room
   * @param {{seq?: number}} [options]
   */
  async open(room, { seq } = {}) {
    const isHere = room === this._store.current;
    if (!isHere) this._typing.stop();
    this._store.apply('opened', seq === undefined ? { room } : { room, seq });
    if (room !== null) this.setPreference('last_room', room);
    await this._history.enter();
    if (isHere && seq !== undefined) await this.jumpTo(seq);
  }

  /**
   * @param {string} text
   * @param {{replyTo?: string}} [options]
   */
  send(text, { replyTo } = {}) {
    const room = this._store.current;
    const message = cleanMessage(text);
    if (room === null || message === '' || countCodePoints(message) > this._store.limits.max_message_length) return null;
    const { client_id } = this._outbox.add(room, message, replyTo);
    this._drafts.write(room, '');
    this._typing.sent();
    if (this._store.room(room)?.has_more_after) void this._history.loadLatest();
    return client_id;
  }

  /** @param {string} client_id */
  retry(client_id) {
    this._outbox.retry(client_id);
  }

  /** @param {string} client_id */
  discard(client_id) {
    const item = this._outbox.items.find((each) => each.client_id === client_id && each.state === 'failed');
    if (!item) return;
    // Before the change is told, since that is when the field looks for a draft.
    if (this._drafts.read(item.room) === '') this._drafts.write(item.room, item.message);
    this._outbox.discard(client_id);
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  edit(id, text) {
    return this._changes.edit(this._place(id), cleanMessage(text));
  }

  /** @param {string} id */
  remove(id) {
    this._changes.remove(this._place(id));
  }

  /** @param {string} id */
  undoRemove(id) {
    return this._changes.undoRemove(id);
  }

  /**
   * @param {string} id
   * @param {string} emoji
   * @param {boolean} on
   */
  react(id, emoji, on) {
    return this._changes.react(this._place(id), emoji, on);
  }

  /** Only messages of the current room can be seen, and so changed. @param {string} id */
  _place(id) {
    return { id, room: this._store.current ?? '' };
  }

  /** @param {import('./search-types.js').SearchQuery} query */
  search(query) {
    const parts = Object.entries(query).filter(([, value]) => value !== undefined && value !== '').map(([key, value]) => [key, String(value)]);
    return this._api.ask('GET', `/api/search?${new URLSearchParams(parts)}`);
  }

  /** @param {string} id */
  message(id) {
    return this._quotes.find(id);
  }

  /** @param {string} id */
  knownMessage(id) {
    return this._quotes.known(id);
  }

  /** @param {string} id */
  async edits(id) {
    return (await this._api.edits(id)).edits;
  }

  /** @param {string} room */
  lastOwnMessage(room) {
    const found = this._store.room(room);
    const isOwn = (/** @type {import('./types.js').RoomMessage} */ message) =>
      message.user_id === this._store.me?.user_id && !message.deleted && !found?.removing.has(message.id);
    return found?.messages.findLast(isOwn) ?? null;
  }

  /** @param {Pick<import('./protocol.js').Message, 'room' | 'seq'>} message */
  linkTo({ room, seq }) {
    // A link to the very machine is of use to nobody else.
    const page = isLoopback(location.hostname) ? this._addresses[0] ?? location.href : location.href;
    return new URL(`#/room/${encodeURIComponent(room)}/${seq}`, page).href;
  }

  /** @param {URL} url */
  isHere({ origin, pathname }) {
    return [location.href, ...this._addresses].some((address) => {
      const here = new URL(address);
      return here.origin === origin && here.pathname === pathname;
    });
  }

  /** @param {number} seq */
  jumpTo(seq) {
    return this._history.jumpTo(seq);
  }

  /** @param {string} prefix */
  findPeople(prefix) {
    return this._names.find(prefix);
  }

  /** @param {Iterable<string>} ids */
  learnNames(ids) {
    this._names.learn(ids);
  }

  /** @param {string} room */
  draft(room) {
    return this._drafts.read(room);
  }

  /**
   * @param {string} room
   * @param {string} text
   */
  setDraft(room, text) {
    this._drafts.write(room, text);
  }

  typing() {
    this._typing.typed();
  }

  loadOlder() {
    return this._history.loadOlder();
  }

  loadNewer() {
    return this._history.loadNewer();
  }

  loadLatest() {
    return this._history.loadLatest();
  }

  /** @param {string} room */
  async loadPeople(room) {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const told = this._store.room(room)?.told;
      const people = await this._api.people(room);
      // An answer on its way while somebody came or went, or while the room was joined, may be older than what is here.
      if (this._store.room(room)?.told === told) return this._store.apply('people', { room, people });
    }
  }

  /**
   * @param {string} room
   * @param {number} seq
   */
  markRead(room, seq) {
    this._reading.mark(room, seq);
  }

  retryConnection() {
    this._socket.open();
    this._move.wake();
  }

  goOver() {
    this._move.goOver();
  }

  lookForSecure() {
    void this._move.lookForSecure();
  }

  /** @param {string} key */
  preference(key) {
    return this._store.preference(key);
  }

  /**
   * @param {string} key
   * @param {import('./types.js').PreferenceValue} value
   */
  setPreference(key, value) {
    this._kept.set(`preference:${key}`, value ?? undefined);
    this._store.apply('preference', { key, value });
  }

  async allowNotifications() {
    const answer = await askToNotify();
    this.setPreference('notifications', answer === 'granted');
    return answer;
  }

  async identity() {
    const identity = await this._api.identity();
    this._addresses = identity.addresses;
    return identity;
  }

  /** @param {string} address */
  qrUrl(address) {
    return this._api.url(`/api/qr?address=${encodeURIComponent(address)}`);
  }

  /**
   * @param {string} room
   * @param {import('./types.js').ExportQuery} query
   */
  exportUrl(room, query) {
    const parts = Object.entries(query).map(([key, value]) => [key, String(value)]);
    return this._api.url(`/api/rooms/${encodeURIComponent(room)}/export?${new URLSearchParams(parts)}`);
  }

  /** @param {string} text */
  copyText(text) {
    return copyText(text);
  }
}
