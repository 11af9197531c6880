/** The state of one room that was opened in this page, and how facts about it fold into it. */
import { addJoined, bound, emptyWindow, hasGap, hasMoreBefore } from './lib/window.js';
import { peopleNamed, sortPeople, withLine, withPerson, withoutPerson } from './lib/people.js';

/** @typedef {import('./protocol.js').Message} Message */
/** @typedef {import('./types.js').PendingMessage} PendingMessage */

/** After the timeout the server's own `typing: false` is expected; this much later it is presumed lost. */
const TYPING_MARGIN_MS = 1000;

/** @typedef {import('./types.js').OpenRoom} OpenRoom */

/** @implements {OpenRoom} */
export class OpenRoomState {
  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.window = emptyWindow();
    this.read_seq = 0;
    this.user_count = 0;
    this.wasJoined = false;
    /** @type {number | null} */
    this.unreadFrom = null;
    /** @type {import('./types.js').Person[]} */
    this.people = [];
    /** @type {import('./types.js').PresenceLine[]} */
    this.presenceLines = [];
    /** This room's part of the outbox. @type {PendingMessage[]} */
    this.unsettled = [];
    /** Acknowledged, but a message before it is still on its way: shown as pending until then. @type {PendingMessage[]} */
    this.savedEarly = [];
    /** By user id. @type {Map<string, {username: string, until: number}>} */
    this.typists = new Map();
    /** Messages up to here were there when the room was joined. */
    this.liveFrom = 0;
    /** Live messages told of so far. @type {Set<number>} */
    this.announced = new Set();
    /** @type {Message[] | null} */
    this.settledWith = null;
    /** @type {Set<string>} */
    this.settled = new Set();
  }

  get loaded() { return this.window.loaded; }
  get messages() { return this.window.messages; }
  get end() { return this.window.end; }
  get following() { return this.window.following; }
  get first_seq() { return this.window.first_seq; }
  get last_seq() { return this.window.last_seq; }
  get has_more_before() { return hasMoreBefore(this.window); }
  get has_more_after() { return this.loaded && !this.following && this.end < this.last_seq; }
  get gap() { return hasGap(this.window); }
  get typing() { return [...this.typists.values()].map((each) => each.username); }

  /** Unsettled messages that do not stand in the window yet: the ack may be lost and the message seen all the same. */
  get pending() {
    if (this.settledWith !== this.messages) {
      this.settledWith = this.messages;
      this.settled = new Set(this.messages.map((message) => message.client_id ?? ''));
    }
    return [...this.savedEarly, ...this.unsettled].filter((item) => !this.settled.has(item.client_id));
  }

  /**
   * The room is shown (again): what is unread now gets the divider. A window that does not reach the end is given up, so
   * that the room opens where reading goes on.
   */
  open() {
    this.unreadFrom = this.read_seq < this.last_seq ? this.read_seq + 1 : null;
    if (this.loaded && this.end < this.last_seq) this.window = { ...emptyWindow(), first_seq: this.first_seq, last_seq: this.last_seq };
  }

  /**
   * When the first unread message lies before the newest page, the room is not loaded by this: it opens where reading
   * goes on, with a page fetched from there.
   * @param {import('./protocol.js').JoinedRoom} joined
   * @returns {import('./types.js').MessagesChange | null}
   */
  join(joined) {
    const first = !this.loaded;
    this.people = peopleNamed(joined.users, this.people);
    this.user_count = joined.user_count;
    this.read_seq = Math.max(this.read_seq, joined.read_seq);
    this.liveFrom = Math.max(this.liveFrom, joined.last_seq);
    this.typists.clear();
    // At first what the list of rooms said stands: to the server, who joins for the first time has read everything.
    const isTold = !this.wasJoined && this.unreadFrom !== null;
    this.wasJoined = true;
    if (!isTold && (first || this.unreadFrom === null)) this.unreadFrom = this.read_seq < joined.last_seq ? this.read_seq + 1 : null;
    const oldest = joined.messages[0]?.seq ?? 0;
    const opensEarlier = first && this.unreadFrom !== null && this.unreadFrom < oldest;
    return addJoined(this.window, opensEarlier ? { ...joined, messages: null } : joined);
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
    const start = (this.messages[0]?.seq ?? 0) - 1;
    if (this.presenceLines.some((line) => line.after_seq < start)) {
      this.presenceLines = this.presenceLines.filter((line) => line.after_seq >= start);
    }
  }

  /**
   * @param {import('./protocol.js').UserJoined} presence
   * @param {'joined' | 'left'} kind
   * @param {{line: boolean, now: number}} how `line`: whether it is worth a quiet line
   */
  presence({ user_id, username, user_count }, kind, { line, now }) {
    this.user_count = user_count;
    const person = user_id === undefined ? { username } : { user_id, username };
    const wasThere = this.people.some((each) => each.username === username);
    const people = kind === 'joined' ? withPerson(this.people, person) : withoutPerson(this.people, person);
    if (people) this.people = people;
    if (kind === 'left') this.typists.delete(user_id ?? username);
    if (line && this.loaded && wasThere === (kind === 'left')) {
      this.presenceLines = withLine(this.presenceLines, { kind, username, after_seq: this.end, at: now });
    }
  }

  /**
   * @param {import('./protocol.js').UserTyping} event
   * @param {{now: number, timeout: number}} clock milliseconds
   */
  type({ user_id, username, typing }, { now, timeout }) {
    const key = user_id ?? username;
    const known = this.typists.has(key);
    if (!typing) return this.typists.delete(key);
    this.typists.set(key, { username, until: now + timeout + TYPING_MARGIN_MS });
    return !known;
  }

  /** @param {number} now */
  expireTyping(now) {
    const before = this.typists.size;
    for (const [key, { until }] of this.typists) if (until <= now) this.typists.delete(key);
    return this.typists.size < before;
  }

  /**
   * @param {import('./protocol.js').UserChanged} change
   * @param {string | undefined} oldName
   * @returns {boolean} whether somebody here is meant
   */
  rename({ user_id, username }, oldName) {
    const found = this.people.find((person) => person.user_id === user_id)
      ?? this.people.find((person) => person.user_id === undefined && person.username === oldName);
    if (!found || found.username === username) return false;
    this.people = sortPeople([...this.people.filter((person) => person !== found), { user_id, username }]);
    const typist = this.typists.get(user_id);
    if (typist) this.typists.set(user_id, { ...typist, username });
    return true;
  }
}
