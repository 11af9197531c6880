/** Who is in a room now, who came and went, and who types. */
import { peopleNamed, sortPeople, withLine, withPerson, withoutPerson } from './lib/people.js';

/** After the timeout the server's own `typing: false` is expected; this much later it is presumed lost. */
const TYPING_MARGIN_MS = 1000;

export class Company {
  /** @type {import('./types.js').Person[]} */
  people = [];
  user_count = 0;
  /** @type {import('./types.js').PresenceLine[]} */
  presenceLines = [];
  /** How often the server has told who is here. */
  told = 0;
  /** By user id. @type {Map<string, {username: string, until: number}>} */
  typists = new Map();

  get typing() { return [...this.typists.values()].map((each) => each.username); }

  /** @param {Pick<import('./protocol.js').JoinedRoom, 'users' | 'user_count'>} joined */
  join({ users, user_count }) {
    this.told += 1;
    this.people = peopleNamed(users, this.people);
    this.user_count = user_count;
    this.typists.clear();
  }

  /** @param {{users: readonly import('./types.js').Person[], user_count: number}} people */
  meet({ users, user_count }) {
    this.people = sortPeople(users);
    this.user_count = user_count;
  }

  /** Drops lines whose message is no longer there. @param {number} start seq before the first message */
  dropLinesBefore(start) {
    if (!this.presenceLines.some((line) => line.after_seq < start)) return;
    this.presenceLines = this.presenceLines.filter((line) => line.after_seq >= start);
  }

  /**
   * @param {import('./protocol.js').UserJoined} presence
   * @param {'joined' | 'left'} kind
   * @param {{line: number | null, now: number}} how `line`: after which message a quiet line stands; null: none
   */
  presence({ user_id, username, user_count }, kind, { line, now }) {
    this.told += 1;
    this.user_count = user_count;
    const person = user_id === undefined ? { username } : { user_id, username };
    const wasThere = this.people.some((each) => each.username === username);
    const people = kind === 'joined' ? withPerson(this.people, person) : withoutPerson(this.people, person);
    if (people) this.people = people;
    if (kind === 'left') this.typists.delete(user_id ?? username);
    if (line !== null && wasThere === (kind === 'left')) {
      this.presenceLines = withLine(this.presenceLines, { kind, username, after_seq: line, at: now });
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
