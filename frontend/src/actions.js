/** What a person can do here, each as one method; the way from the views to store, socket and server. */
import { cleanMessage, countCodePoints } from './lib/text.js';
import { askToNotify, canNotify, copyText } from './platform.js';

/** @typedef {import('./types.js').Actions} Actions */

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
   * @param {import('./drafts.js').Drafts} needs.drafts
   * @param {import('./typing.js').Typing} needs.typing
   * @param {import('./reading.js').Reading} needs.reading
   * @param {import('./storage.js').KeptValues} needs.kept
   */
  constructor({ store, api, socket, session, history, outbox, drafts, typing, reading, kept }) {
    this._store = store;
    this._api = api;
    this._socket = socket;
    this._session = session;
    this._history = history;
    this._outbox = outbox;
    this._drafts = drafts;
    this._typing = typing;
    this._reading = reading;
    this._kept = kept;
    this.notificationsAvailable = canNotify;
  }

  /** @param {string} username */
  signIn(username) {
    return this._session.signIn(username.trim());
  }

  /** @param {string} username */
  async rename(username) {
    await this._socket.request('set_username', { username: username.trim() });
  }

  async signOut() {
    await this._session.signOut();
    this._drafts.clear();
  }

  /** @param {string | null} room */
  async open(room) {
    if (room !== this._store.current) this._typing.stop();
    this._store.apply('opened', { room });
    if (room !== null) this.setPreference('last_room', room);
    await this._history.enter();
  }

  /** @param {string} text */
  send(text) {
    const room = this._store.current;
    const message = cleanMessage(text);
    if (room === null || message === '' || countCodePoints(message) > this._store.limits.max_message_length) return null;
    const { client_id } = this._outbox.add(room, message);
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
    this._store.apply('people', { room, people: await this._api.people(room) });
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

  identity() {
    return this._api.identity();
  }

  /** @param {string} address */
  qrUrl(address) {
    return this._api.url(`/api/qr?address=${encodeURIComponent(address)}`);
  }

  /**
   * @param {string} room
   * @param {'ndjson' | 'json' | 'csv'} format
   */
  exportUrl(room, format) {
    return this._api.url(`/api/rooms/${encodeURIComponent(room)}/export?format=${format}`);
  }

  /** @param {string} text */
  copyText(text) {
    return copyText(text);
  }
}
