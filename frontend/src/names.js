/** Finds people by the beginning of their name, and names by ids. */
import { searchKey, startsWord } from './lib/people.js';

/** @typedef {import('./types.js').Person} Person */

/** People offered at most. */
const MOST = 8;
/** The server looks up so many ids at a time. */
const MOST_IDS = 100;
/** How long what the server found for a beginning is good, in milliseconds: people come and rename themselves. */
const FRESH_MS = 30_000;
/** Ids asked for one after another, as while a page is drawn, go together. */
const GATHER_MS = 20;

export class Names {
  /**
   * @param {object} needs
   * @param {import('./store.js').Store} needs.store
   * @param {import('./api.js').Api} needs.api
   * @param {() => number} [needs.now] milliseconds
   * @param {(task: () => void, delay: number) => unknown} [needs.later] a timer
   */
  constructor({ store, api, now = Date.now, later = (task, delay) => setTimeout(task, delay) }) {
    this._store = store;
    this._api = api;
    this._now = now;
    this._later = later;
    /** What the server found, by beginning. @type {Map<string, {at: number, people: Promise<Person[]>}>} */
    this._found = new Map();
    /** Ids that need not be asked for again on this connection. @type {Set<string>} */
    this._asked = new Set();
    /** @type {Set<string>} */
    this._wanted = new Set();
    this._isGathering = false;
  }

  /** While the connection was away names may have changed. */
  connected() {
    const learned = [...this._asked].slice(-MOST_IDS);
    this._asked.clear();
    this._found.clear();
    if (learned.length > 0) void this._fetch(learned);
  }

  /**
   * @param {string} prefix
   * @returns {Promise<Person[]>} those in the current room first; those alone when the server cannot be asked
   */
  async find(prefix) {
    const key = searchKey(prefix);
    const { current } = this._store;
    const here = (current === null ? [] : (this._store.room(current)?.people ?? [])).filter((person) => startsWord(person.username, key));
    if (here.length >= MOST) return here.slice(0, MOST);
    const others = await this._ask(key).catch(() => /** @type {Person[]} */ ([]));
    // Who joined a room knows the names alone of those who were there.
    const found = new Map([...here, ...others].map((person) => [person.username, person]));
    return [...found.values()].slice(0, MOST);
  }

  /** @param {Iterable<string>} ids of people; those whose names the store knows are left out */
  learn(ids) {
    for (const id of ids) if (!this._asked.has(id) && this._store.nameOf(id) === null) this._wanted.add(id);
    if (this._isGathering || this._wanted.size === 0) return;
    this._isGathering = true;
    this._later(() => {
      this._isGathering = false;
      void this._fetch([...this._wanted].slice(0, MOST_IDS));
    }, GATHER_MS);
  }

  /** @param {string} key */
  _ask(key) {
    const found = this._found.get(key);
    if (found && this._now() - found.at < FRESH_MS) return found.people;
    const people = this._api.findPeople({ q: key, limit: MOST }).then(({ users }) => users);
    this._found.set(key, { at: this._now(), people });
    people.catch(() => this._found.delete(key));
    return people;
  }

  /** @param {string[]} ids */
  async _fetch(ids) {
    for (const id of ids) {
      this._wanted.delete(id);
      this._asked.add(id);
    }
    try {
      const { users } = await this._api.findPeople({ ids: ids.join(',') });
      this._store.apply('names', { people: users });
      this.learn([...this._wanted]);
    } catch {
      // Asked again at the next drawing.
      for (const id of ids) this._asked.delete(id);
    }
  }
}
