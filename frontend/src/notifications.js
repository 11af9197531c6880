/**
 * Tells a person who looks elsewhere that something was said: a count in the title, a dot on the favicon, a sound, and
 * a system notification where the browser has them and was allowed. Each message is told of by one tab only.
 */
import { plainText } from './lib/markdown.js';
import { isAlive } from './lib/rooms.js';
import { hearClicks, showNotification, startWorker } from './platform.js';
import { playChime, unlockSound } from './sound.js';
import { isAttentive } from './wake.js';

/** @typedef {import('./protocol.js').Message} Message */

/** Milliseconds an inattentive tab leaves to others: to the one that is looked at, and to the one that has the text. */
const PATIENCE_MS = 150;
const PATIENCE_WITHOUT_TEXT_MS = 600;
const BODY_LENGTH = 160;

export class Notifications {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./lib/claims.js').Claims} needs.claims
   * @param {import('./types.js').Translate} needs.t
   * @param {(room: string) => void} needs.openRoom after a click on a notification
   * @param {string} needs.unreadIcon address of the favicon with a dot
   */
  constructor({ store, claims, t, openRoom, unreadIcon }) {
    this._store = store;
    this._claims = claims;
    this._t = t;
    this._openRoom = openRoom;
    this._title = document.title;
    this._favicon = document.querySelector('link[rel="icon"]');
    this._plainIcon = this._favicon?.getAttribute('href') ?? unreadIcon;
    this._unreadIcon = unreadIcon;
    /** Newest seq and count of mentions per room that was told of or was there at first. @type {Map<string, {seq: number, mentions: number}>} */
    this._known = new Map();
  }

  start() {
    unlockSound();
    hearClicks(this._openRoom);
    this._prepare();
    this._store.addEventListener('arrived', ({ detail }) => { if (!detail.own) void this._tellMessage(detail.message, detail.mention); });
    this._store.addEventListener('rooms', () => {
      this._showCount();
      this._watchActivity();
    });
    this._store.addEventListener('preference', () => {
      this._showCount();
      this._prepare();
    });
  }

  /** The worker is there before it is needed, and only where it is. */
  _prepare() {
    if (this._isWanted) void startWorker();
  }

  get _isWanted() {
    return this._store.preference('notifications') === true;
  }

  /** @param {string} title without the count */
  setTitle(title) {
    this._title = title;
    this._showCount();
  }

  _showCount() {
    const count = this._store.unreadTotal;
    document.title = count > 0 ? `(${count > 99 ? '99+' : count}) ${this._title}` : this._title;
    const icon = count > 0 ? this._unreadIcon : this._plainIcon;
    if (this._favicon?.getAttribute('href') !== icon) this._favicon?.setAttribute('href', icon);
  }

  /** Rooms this connection is not in tell only how far they have come. */
  _watchActivity() {
    for (const room of this._store.rooms.values()) {
      const { id, last_seq, read_seq, mention_count } = room;
      const known = this._known.get(id);
      this._known.set(id, { seq: Math.max(known?.seq ?? 0, last_seq), mentions: mention_count });
      const mention = known !== undefined && mention_count > known.mentions;
      const isNews = known !== undefined && (last_seq > known.seq || mention) && last_seq > read_seq;
      if (isNews && isAlive(this._store, room) && id !== this._store.current) void this._tellActivity(id, last_seq, mention);
    }
  }

  /**
   * @param {Message} message
   * @param {boolean} mention
   */
  async _tellMessage(message, mention) {
    const { id, room, seq, username } = message;
    if (!(await this._isOurs(room, seq, { mention, patience: PATIENCE_MS }))) return;
    const key = this._isDirect(room) ? 'notification.direct' : mention ? 'notification.mention' : 'notification.title';
    const title = this._t(key, { username, room: this._nameOf(room) });
    this._tell({ title, body: plainText(message.message).slice(0, BODY_LENGTH), tag: id, room });
  }

  /**
   * @param {string} room
   * @param {number} seq
   * @param {boolean} mention
   */
  async _tellActivity(room, seq, mention) {
    if (!(await this._isOurs(room, seq, { mention, patience: PATIENCE_WITHOUT_TEXT_MS }))) return;
    const name = this._nameOf(room);
    const key = this._isDirect(room) ? 'notification.wrote' : mention ? 'notification.mentioned' : 'notification.activity';
    this._tell({ title: name, body: this._t(key, { room: name }), tag: `room-${room}`, room });
  }

  /**
   * Whether this tab is the one to tell of a message. The tab somebody looks at claims it at once and stays quiet.
   * @param {string} room
   * @param {number} seq
   * @param {{mention: boolean, patience: number}} how `patience` in milliseconds
   */
  async _isOurs(room, seq, { mention, patience }) {
    const level = this._store.preference(`level:${room}`);
    if (level === 'none' || (level === 'mentions' && !mention)) return false;
    const key = `notify:${room}:${seq}`;
    if (isAttentive()) {
      void this._claims.claim(key);
      return false;
    }
    await new Promise((resolve) => { setTimeout(resolve, patience); });
    return this._claims.claim(key);
  }

  /** @param {{title: string, body: string, tag: string, room: string}} what */
  _tell({ title, body, tag, room }) {
    if (this._store.preference('sound') !== false) playChime();
    if (this._isWanted) void showNotification({ title, body, tag, room, openRoom: this._openRoom });
  }

  /** @param {string} room */
  _isDirect(room) {
    return this._store.rooms.get(room)?.kind === 'direct';
  }

  /** @param {string} room */
  _nameOf(room) {
    return this._store.rooms.get(room)?.name ?? room;
  }
}
