/** The state of one room that was opened in this page, and how facts about it fold into it. */
import { Company } from './company.js';
import { overlaid } from './lib/overlay.js';
import { addPage, bound, emptyWindow, fold, hasMoreBefore, messageAt, newerOf, setFetching, start, trim } from './lib/window.js';
import { Revs } from './revs.js';

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./types.js').PendingMessage} PendingMessage */
/** @typedef {import('./types.js').RoomMessage} RoomMessage */
/** @typedef {import('./types.js').Change} Change */
/** @typedef {import('./lib/window.js').Outcome} Outcome */

/** Messages held for a page or an answer that does not come. With more, the room is begun anew. */
const MOST_ASIDE = 5000;

let editions = 0;

/** @typedef {import('./types.js').OpenRoom} OpenRoom */

/** @implements {OpenRoom} */
export class OpenRoomState {
  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.window = emptyWindow();
    this.revs = new Revs();
    /** Another one whenever the room is begun anew: what was asked for before then may be older than what is here. */
    this.edition = (editions += 1);
    /** What is here cannot be brought up to date: it is shown until joining again has brought the room anew. */
    this.isStale = true;
    /** From being shown until first caught up: what comes decides where the view begins. */
    this.isOpening = false;
    /** Where a link says to begin. @type {number | null} */
    this.aim = null;
    this.read_seq = 0;
    this.company = new Company();
    this.wasJoined = false;
    /** @type {number | null} */
    this.unreadFrom = null;
    /** This room's part of the outbox. @type {PendingMessage[]} */
    this.unsettled = [];
    /** Acknowledged, but a message before it is still on its way: shown as pending until then. @type {PendingMessage[]} */
    this.savedEarly = [];
    /** Messages up to here were there when the room was joined. */
    this.liveFrom = 0;
    /** Live messages told of so far. @type {Set<number>} */
    this.announced = new Set();
    /** What this person is changing here, by message. @type {Map<string, Change>} */
    this.changes = new Map();
    this.me = '';
    /** @type {ReadonlySet<string>} */
    this.removing = new Set();
    /** Messages that stand in quotes; null: there is none of this id. @type {Map<string, Message | null>} */
    this.quoted = new Map();
    /** What `messages` was made of. @type {readonly Message[] | null} */
    this._shownOf = null;
    /** @type {readonly RoomMessage[]} */
    this._shown = [];
    /** @type {Map<string, RoomMessage>} */
    this._byId = new Map();
    /** @type {Set<string>} */
    this._settled = new Set();
  }

  get loaded() { return this.window.loaded; }
  get end() { return this.window.end; }
  get following() { return this.window.following; }
  get first_seq() { return this.window.first_seq; }
  get last_seq() { return this.window.last_seq; }
  get has_more_before() { return hasMoreBefore(this.window); }
  get has_more_after() { return this.loaded && !this.following && this.end < this.last_seq; }
  get people() { return this.company.people; }
  get user_count() { return this.company.user_count; }
  get told() { return this.company.told; }
  get presenceLines() { return this.company.presenceLines; }
  get typing() { return this.company.typing; }

  /** Whether the server knows of changes here that this client does not. */
  get isBehind() { return this.isStale || this.revs.isBehind; }

  get messages() {
    this._show();
    return this._shown;
  }

  /** Unsettled messages that do not stand in the window yet: the ack may be lost and the message seen all the same. */
  get pending() {
    this._show();
    return [...this.savedEarly, ...this.unsettled].filter((item) => !this._settled.has(item.client_id));
  }

  /**
   * A message of the window or of a quote.
   * @param {string} id
   * @returns {RoomMessage | null | undefined} null: there is none; undefined: not known
   */
  message(id) {
    this._show();
    const quoted = this.quoted.get(id);
    return this._byId.get(id) ?? (quoted ? overlaid(quoted, this.changes.get(id), this.me) : quoted);
  }

  _show() {
    if (this._shownOf === this.window.messages) return;
    this._shownOf = this.window.messages;
    this._shown = this.changes.size === 0 ? this._shownOf : this._shownOf.map((each) => overlaid(each, this.changes.get(each.id), this.me));
    this._byId = new Map(this._shown.map((message) => [message.id, message]));
    this._settled = new Set(this._shown.map((message) => message.client_id ?? ''));
  }

  /**
   * @param {readonly Change[]} changes of this room
   * @param {string} me
   * @returns {string[]} ids of messages that look different now
   */
  setChanges(changes, me) {
    const before = this.changes;
    this.changes = new Map(changes.map((change) => [change.id, change]));
    this.me = me;
    const ids = [...new Set([...before.keys(), ...this.changes.keys()])].filter((id) => before.get(id) !== this.changes.get(id));
    if (ids.length === 0) return ids;
    this.removing = new Set(changes.filter((change) => change.is_removing).map((change) => change.id));
    this._shownOf = null;
    return ids;
  }

  /**
   * The room is shown (again): what is unread now gets the divider. A window at the end is brought up to date; one that
   * rests elsewhere is given up, so that the room opens where reading goes on.
   * @param {number} [seq] where to begin instead
   */
  open(seq) {
    this.unreadFrom = this.read_seq < this.last_seq ? this.read_seq + 1 : null;
    this.isOpening = true;
    this.aim = seq ?? null;
    const isElsewhere = this.aim !== null && !messageAt(this.window, this.aim);
    if (this.loaded && (isElsewhere || (!this.following && this.end < this.last_seq))) this._begin({ ...this.window, messages: null });
  }

  /**
   * When the room is to open before the newest page, it is not loaded by this, but with a page fetched from there.
   * @param {import('./protocol.js').JoinedRoom} joined
   * @returns {Outcome}
   */
  join(joined) {
    this.company.join(joined);
    this.read_seq = Math.max(this.read_seq, joined.read_seq);
    this.liveFrom = Math.max(this.liveFrom, joined.last_seq);
    // At first what the list of rooms said stands: to the server, who joins for the first time has read everything.
    const isTold = !this.wasJoined && this.unreadFrom !== null;
    this.wasJoined = true;
    if (!isTold && (this.isStale || this.unreadFrom === null)) this.unreadFrom = this.read_seq < joined.last_seq ? this.read_seq + 1 : null;
    return this.isStale ? this._joinAnew(joined) : this._joinOn(joined);
  }

  /** @param {import('./protocol.js').JoinedRoom} joined */
  _joinAnew(joined) {
    const oldest = joined.messages[0]?.seq ?? 0;
    const begin = this.aim ?? this.unreadFrom;
    const outcome = this._begin(begin !== null && begin < oldest ? { ...joined, messages: null } : joined);
    this.isStale = false;
    this.revs.start(joined.rev);
    return outcome;
  }

  /** @param {import('./protocol.js').JoinedRoom} joined */
  _joinOn(joined) {
    this.revs.hear(joined.rev);
    const outcome = this.fold(joined.messages);
    this.window.last_seq = Math.max(this.last_seq, joined.last_seq);
    return outcome;
  }

  /** @param {{messages: readonly Message[] | null, first_seq: number, last_seq: number}} newest */
  _begin(newest) {
    this.isStale = true;
    this.edition = (editions += 1);
    this.quoted.clear();
    return start(this.window, newest);
  }

  /**
   * States of messages, each of which is all there is to know of its `rev`.
   * @param {readonly Message[]} messages
   * @returns {Outcome}
   */
  fold(messages) {
    const outcome = fold(this.window, messages);
    for (const message of messages) {
      this.revs.add(message.rev);
      if (this._quote(message) && !outcome.ids.includes(message.id)) outcome.ids.push(message.id);
    }
    if (this.window.aside.size > MOST_ASIDE) this.isStale = true;
    return outcome;
  }

  /**
   * @param {number} since
   * @param {import('./protocol.js').SyncedRoom} told
   * @returns {Outcome}
   */
  sync(since, { rev, messages, reset }) {
    if (reset) {
      this.isStale = true;
      // What a cleanup had taken may be back.
      this.window.first_seq = 1;
      return { change: null, ids: [] };
    }
    const outcome = this.fold(messages);
    this.revs.fill(since, rev);
    return outcome;
  }

  /**
   * @param {import('./protocol.js').MessagePage} page
   * @param {'older' | 'newer' | 'replace'} place
   * @returns {Outcome}
   */
  addPage(page, place) {
    return addPage(this.window, page, place);
  }

  /** @param {import('./protocol.js').HistoryTrimmed} trimmed */
  trim({ rev, before_seq }) {
    this.revs.add(rev);
    for (const [id, message] of this.quoted) if (message && message.seq < before_seq) this.quoted.set(id, null);
    return trim(this.window, before_seq);
  }

  /**
   * @param {import('./protocol.js').HistoryRestored} restored
   * @returns {boolean} whether there is more in the room now
   */
  restore({ rev, first_seq }) {
    this.revs.add(rev);
    const { first_seq: before, messages, fetching } = this.window;
    this.window.first_seq = first_seq;
    const isBack = first_seq < before;
    // Older pages are put before a message that is here, and one that is on its way may have been read before this.
    if (isBack && (messages.length === 0 || fetching > 0)) this.isStale = true;
    return isBack;
  }

  /** @param {boolean} on */
  setFetching(on) {
    setFetching(this.window, on);
  }

  /**
   * @param {string} id
   * @param {Message | null} message
   */
  quote(id, message) {
    const isGone = message === null || message.seq < this.first_seq;
    this.quoted.set(id, isGone ? null : newerOf(message, this.window.aside.get(message.seq)));
  }

  /** @param {Message} message */
  _quote(message) {
    const known = this.quoted.get(message.id);
    if (!known || known.rev >= message.rev) return false;
    this.quoted.set(message.id, message);
    return true;
  }

  /**
   * Whether a live message is told of for the first time.
   * @param {Message} message
   */
  announce({ seq }) {
    if (seq <= this.liveFrom || this.announced.has(seq)) return false;
    this.announced.add(seq);
    if (this.announced.size > 2000) this.announced = new Set([...this.announced].slice(-1000));
    return true;
  }

  /**
   * How many messages after `seq` mention a person; null when the window does not hold them all.
   * @param {number} seq
   * @param {string} user_id
   */
  mentionsAfter(seq, user_id) {
    const isWhole = this.loaded && this.end === this.last_seq && (this.window.messages[0]?.seq ?? 0) <= seq + 1;
    return isWhole ? this.window.messages.filter((each) => each.seq > seq && each.mentions?.includes(user_id)).length : null;
  }

  /** @param {number} seq */
  markRead(seq) {
    if (seq <= this.read_seq) return false;
    this.read_seq = seq;
    return true;
  }

  /**
   * The ack of a pending message, after its message was added.
   * @param {string} client_id
   * @param {number} seq
   */
  settle(client_id, seq) {
    const item = this.unsettled.find((each) => each.client_id === client_id);
    if (!item) return false;
    this.unsettled = this.unsettled.filter((each) => each !== item);
    if (this.following && seq > this.end) this.savedEarly.push(item);
    return true;
  }

  /** Cuts the window back when it has grown too long, and drops what has lost its place. */
  tidy() {
    bound(this.window, this.read_seq);
    const pending = this.pending;
    this.savedEarly = this.following ? this.savedEarly.filter((item) => pending.includes(item)) : [];
    this.company.dropLinesBefore((this.window.messages[0]?.seq ?? 0) - 1);
  }
}
