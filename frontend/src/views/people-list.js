/** Everybody in this chat, by name, a page at a time; found as one types. */
import { icon } from '../icons.js';
import { avatar } from './avatar.js';
import { badges } from './badges.js';
import { element, freshId, setText } from './element.js';
import { personErrorWords } from './error-words.js';

/** @typedef {import('../people-types.js').Somebody} Somebody */

/** People of a page. */
const PAGE = 50;
/** Milliseconds between the last letter and the question. */
const PAUSE = 150;

/**
 * @typedef {object} PeopleListOptions
 * @property {(person: Somebody, anchor: Element) => void} open what to do with a person
 */

export class PeopleList {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  #options;
  #input;
  #list = element('ul', { class: 'people-list__list' });
  #count = element('p', { class: 'quiet', role: 'status' });
  #error = element('p', { class: 'field__error', role: 'alert' });
  #more;
  /** @type {Map<string, {person: Somebody, line: HTMLElement}>} */
  #shown = new Map();
  /** @type {string | undefined} */
  #cursor;
  /** Of the questions only the answer to the last counts. */
  #asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {PeopleListOptions} options
   */
  constructor(context, options) {
    const { t, store, directory } = context;
    const { signal } = this.#leaving;
    this.#context = context;
    this.#options = options;
    const id = freshId('people');
    this.#input = element('input', {
      class: 'field__input', id, type: 'search', autocomplete: 'off', spellcheck: 'false', dir: 'auto', 'aria-label': t('everybody.search'),
      placeholder: t('everybody.search'), enterkeyhint: 'search', oninput: () => this.#typed(),
    });
    this.#more = element('button', { type: 'button', class: 'button', hidden: true, onclick: () => void this.#next() }, t('everybody.more'));
    this.element = element('div', { class: 'people-list' },
      element('div', { class: 'people-list__search' }, icon('search'), this.#input), this.#count, this.#error, this.#list, element('div', {}, this.#more));
    directory.addEventListener('person', (event) => this.#replace(/** @type {CustomEvent<Somebody>} */ (event).detail), { signal });
    store.addEventListener('person', ({ detail }) => this.#rename(detail), { signal });
    void this.look();
  }

  close() {
    this.#leaving.abort();
    clearTimeout(this.#timer);
    this.element.remove();
  }

  focus() {
    this.#input.focus();
  }

  /** Asks anew for what is looked for. */
  async look() {
    this.#cursor = undefined;
    const page = await this.#ask();
    if (!page) return;
    this.#shown.clear();
    this.#list.replaceChildren();
    this.#add(page);
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(), PAUSE);
  }

  async #next() {
    const last = this.#list.lastElementChild;
    const page = await this.#ask();
    if (!page) return;
    this.#add(page);
    const next = last?.nextElementSibling?.querySelector('button');
    if (this.#more.hidden && next instanceof HTMLElement) next.focus();
  }

  /** @returns {Promise<import('../people-types.js').PeoplePage | null>} null: it could not be had, or is of no interest any more */
  async #ask() {
    this.#asked += 1;
    const number = this.#asked;
    this.#more.disabled = true;
    try {
      const { directory } = this.#context;
      const q = this.#input.value.trim();
      const page = await directory.find({ limit: PAGE, ...(q === '' ? {} : { q }), ...(this.#cursor === undefined ? {} : { after: this.#cursor }) });
      setText(this.#error, '');
      return number === this.#asked && !this.#leaving.signal.aborted ? page : null;
    } catch (error) {
      if (number === this.#asked) setText(this.#error, personErrorWords(this.#context, error));
      return null;
    } finally {
      if (number === this.#asked) this.#more.disabled = false;
    }
  }

  /** @param {import('../people-types.js').PeoplePage} page */
  #add({ people, cursor, count }) {
    const { t } = this.#context;
    for (const person of people) {
      if (this.#shown.has(person.user_id)) continue;
      const line = this.#line(person);
      this.#shown.set(person.user_id, { person, line });
      this.#list.append(line);
    }
    this.#cursor = cursor;
    this.#more.hidden = cursor === undefined;
    const isSought = this.#input.value.trim() !== '';
    setText(this.#count, t(isSought ? 'everybody.found' : 'everybody.count', { count }));
  }

  /** @param {Somebody} person */
  #line(person) {
    const { t, store } = this.#context;
    const { user_id, username, is_present } = person;
    const isMe = user_id === store.me?.user_id;
    const face = element('span', { class: is_present ? 'people-list__face is-here' : 'people-list__face' }, avatar(person, 'small'));
    const words = element('span', { class: 'people-list__words' }, element('span', { class: 'people-list__name', dir: 'auto' }, username),
      isMe ? element('span', { class: 'quiet' }, t('people.you')) : null,
      is_present ? element('span', { class: 'visually-hidden' }, t('everybody.here')) : null, ...badges(this.#context, person));
    const line = element('li', { class: 'people-list__line', 'data-user': user_id });
    if (isMe) line.append(element('div', { class: 'people-list__person' }, face, words));
    else {
      line.append(element('button', {
        type: 'button', class: 'people-list__person', 'aria-haspopup': 'dialog', onclick: () => this.#options.open(this.#shown.get(user_id)?.person ?? person, line),
      }, face, words, icon('more')));
    }
    return line;
  }

  /** Somebody has become what is told here; the focus stays with them. @param {Somebody} person */
  #replace(person) {
    const known = this.#shown.get(person.user_id);
    if (!known) return;
    const hadFocus = known.line.contains(document.activeElement);
    const line = this.#line(person);
    known.line.replaceWith(line);
    this.#shown.set(person.user_id, { person, line });
    if (hadFocus) line.querySelector('button')?.focus();
  }

  /** @param {import('../protocol.js').UserChanged & {role?: string}} change */
  #rename({ user_id, username, role }) {
    const known = this.#shown.get(user_id)?.person;
    if (known) this.#replace({ ...known, username, ...(role === undefined ? {} : { role: /** @type {import('../people-types.js').Role} */ (role) }) });
  }
}
