/** A search that follows what is written: asks when writing pauses, and lets no older answer replace a newer one. */

/** @typedef {import('./search-types.js').Found} Found */
/** @typedef {import('./search-types.js').Finding} Finding */

/** Milliseconds without a key after which is asked. */
export const PAUSE_MS = 200;

/** The event `change` tells that anything of it is different. @implements {Finding} */
export class Finder extends EventTarget {
  /** @type {import('./search-types.js').Finding['state']} */
  state = 'idle';
  /** @type {readonly Found[]} */
  results = [];
  isGoingOn = false;
  /** @type {string | null} */
  reached = null;
  /** @type {unknown} */
  error = null;

  /** @param {(query: import('./search-types.js').SearchQuery) => Promise<import('./search-types.js').SearchResults>} search */
  constructor(search) {
    super();
    this._search = search;
    this._line = '';
    /** @type {string | null} */
    this._room = null;
    /** @type {string | undefined} */
    this._cursor = undefined;
    /** Counts questions: an answer to another one than the last is none. */
    this._asked = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
  }

  get hasMore() {
    return this._cursor !== undefined;
  }

  /** Something else is written. @param {string} line */
  write(line) {
    const words = line.trim();
    if (words === this._line) return;
    this._line = words;
    this._begin(PAUSE_MS);
  }

  /** @param {string | null} room its id; null: in all of them */
  within(room) {
    if (room === this._room) return;
    this._room = room;
    this._begin(0);
  }

  /** At once, what was to be asked after a pause or has failed. */
  hurry() {
    if (this._timer !== undefined || this.state === 'failed') this._begin(0);
  }

  /** The next page. */
  async more() {
    if (!this.hasMore || this.isGoingOn || this.state !== 'found') return;
    this.isGoingOn = true;
    this.error = null;
    await this._ask(this._cursor);
  }

  /** @param {(found: Found) => boolean} isKept */
  keep(isKept) {
    const kept = this.results.filter(isKept);
    if (kept.length === this.results.length) return;
    this.results = kept;
    this._tell();
  }

  close() {
    clearTimeout(this._timer);
    this._asked += 1;
  }

  /** @param {number} pause */
  _begin(pause) {
    clearTimeout(this._timer);
    this._timer = undefined;
    this._asked += 1;
    this.isGoingOn = false;
    this.error = null;
    if (this._line === '') {
      this._take({ results: [] }, []);
      this.state = 'idle';
      return this._tell();
    }
    this.state = 'searching';
    this._tell();
    if (pause === 0) return void this._ask(undefined);
    this._timer = setTimeout(() => {
      this._timer = undefined;
      void this._ask(undefined);
    }, pause);
  }

  /** @param {string | undefined} cursor */
  async _ask(cursor) {
    const asked = ++this._asked;
    this._tell();
    try {
      const answer = await this._search({ q: this._line, ...(this._room === null ? {} : { room: this._room }), ...(cursor === undefined ? {} : { cursor }) });
      if (asked !== this._asked) return;
      this._take(answer, cursor === undefined ? [] : this.results);
      this.state = 'found';
    } catch (error) {
      if (asked !== this._asked) return;
      this.error = error;
      // What was found of other words is no answer to these; the pages before a page are.
      if (cursor === undefined) this._take({ results: [] }, []);
      this.state = cursor === undefined ? 'failed' : 'found';
    }
    this.isGoingOn = false;
    this._tell();
  }

  /**
   * @param {import('./search-types.js').SearchResults} answer
   * @param {readonly Found[]} before
   */
  _take({ results, cursor, reached = undefined }, before) {
    this.results = [...before, ...results];
    this._cursor = cursor;
    this.reached = reached ?? null;
  }

  _tell() {
    this.dispatchEvent(new Event('change'));
  }
}

/**
 * What was found by days, the newest first, and of each day by rooms.
 * @param {readonly Found[]} results
 * @param {(at: string) => string} dayOf
 * @returns {{day: string, at: string, rooms: {room: string, results: Found[]}[]}[]}
 */
export function grouped(results, dayOf) {
  /** @type {Map<string, {at: string, rooms: Map<string, Found[]>}>} */
  const days = new Map();
  for (const found of results) {
    const { created_at: at, room } = found.message;
    const day = days.get(dayOf(at)) ?? { at, rooms: new Map() };
    days.set(dayOf(at), day);
    day.rooms.set(room, [...(day.rooms.get(room) ?? []), found]);
  }
  return [...days].map(([day, { at, rooms }]) => ({ day, at, rooms: [...rooms].map(([room, list]) => ({ room, results: list })) }));
}

/**
 * Where a day begins in a room: after the last message before it.
 * @param {(query: import('./search-types.js').SearchQuery) => Promise<import('./search-types.js').SearchResults>} search
 * @param {string} room its id
 * @param {Date} midnight
 * @returns {Promise<number>} the seq of its first message; 1 where nothing was said before
 */
export async function seqOfDay(search, room, midnight) {
  /** @type {string | undefined} */
  let cursor = undefined;
  do {
    /** @type {import('./search-types.js').SearchResults} */
    const { results: [found], cursor: next } = await search({ room, until: midnight.toISOString(), limit: 1, ...(cursor === undefined ? {} : { cursor }) });
    if (found) return found.message.seq + 1;
    cursor = next;
  } while (cursor !== undefined);
  return 1;
}
