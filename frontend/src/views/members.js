/** Who belongs to a room, what they are, and who of them is here: fetched when it is shown, more by a button. */
import { element, setText } from './element.js';
import { errorWords } from './error-words.js';
import { personLine, showLines } from './person-line.js';

/** @typedef {import('../protocol.js').Member} Member */

export class Members {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  /** @type {string} */
  #room;
  /** @type {Member[]} */
  #members = [];
  #count = 0;
  /** Counts questions: a late answer is no answer. */
  #asked = 0;
  #list = element('ul', { class: 'people__list' });
  #status = element('p', { class: 'quiet', role: 'status' });
  #more;
  #counted;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} room its id
   * @param {(count: number) => void} counted told how many there are, whenever that is known
   */
  constructor(context, room, counted) {
    const { t, store } = context;
    const { signal } = this.#leaving;
    this.#context = context;
    this.#room = room;
    this.#counted = counted;
    this.#more = element('button', { type: 'button', class: 'button', hidden: true, onclick: () => void this.#load(this.#members.at(-1)?.user_id) }, t('details.more_members'));
    this.element = element('div', {}, this.#list, this.#status, this.#more);
    store.addEventListener('people', ({ detail }) => detail.room === room && this.#follow(), { signal });
    store.addEventListener('members', ({ detail }) => { if (detail.room === room) this.look(); }, { signal });
    store.addEventListener('connection', ({ detail }) => { if (detail.caughtUp) this.look(); }, { signal });
    this.look();
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  /** Asks anew, from the first one on. */
  look() {
    void this.#load();
  }

  /** Who comes in may be new here; who belongs to a room is told of by nothing else. */
  #follow() {
    const known = new Set(this.#members.map(({ username }) => username));
    const isWhole = this.#members.length === this.#count;
    if (isWhole && this.#here().some(({ username }) => !known.has(username))) this.look();
    this.#draw();
  }

  #here() {
    return this.#context.store.room(this.#room)?.people ?? [];
  }

  /** @param {string} [after] */
  async #load(after) {
    const asked = ++this.#asked;
    const { t, rooms } = this.#context;
    if (this.#members.length === 0) setText(this.#status, t('details.loading'));
    this.#more.disabled = true;
    try {
      const { members, count } = await rooms.members(this.#room, after);
      if (asked !== this.#asked || this.#leaving.signal.aborted) return;
      this.#members = after === undefined ? members : [...this.#members, ...members];
      this.#count = count;
      setText(this.#status, '');
      this.#counted(count);
      this.#draw();
    } catch (error) {
      if (asked === this.#asked) setText(this.#status, errorWords(this.#context, error, 'notice.no_room'));
    } finally {
      if (asked === this.#asked) this.#more.disabled = false;
    }
  }

  #draw() {
    const here = new Set(this.#here().map(({ username }) => username));
    showLines(this.#list, this.#members.map((member) => personLine(this.#context, { ...member, is_present: here.has(member.username) }, this.#room)));
    this.#more.hidden = this.#members.length >= this.#count;
  }
}
