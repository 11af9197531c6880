/** Looks for messages, beside the conversation: a field, what can be written in it, what was found by day and room, and the way to a day. */
import { Finder, grouped, seqOfDay } from '../finder.js';
import { icon } from '../icons.js';
import { asItReads } from '../lib/found.js';
import { dayKey, formatDateTime, formatDay, formatTime } from '../lib/time.js';
import { element, freshId, setAttribute, setChildren, setText } from './element.js';
import { personErrorWords } from './error-words.js';
import { roomPicture } from './room-link.js';
import { addressOf } from './routes.js';

/** What narrows a search, as it is written. */
const FILTERS = ['from', 'in', 'after', 'before', 'link', 'phrase'];

export class Search {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  #finder;
  #page;
  #input;
  #here = element('input', { type: 'checkbox' });
  #hereWords = element('span', {});
  #day;
  #dayWords = element('label', { class: 'field__label' });
  #dayError = element('p', { class: 'field__error', role: 'alert' });
  #hint;
  #status = element('p', { class: 'quiet', role: 'status' });
  #error = element('p', { class: 'field__error', role: 'alert' });
  #again;
  #list = element('div', { class: 'search__days' });
  #more;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t, actions, commands } = context;
    this.#context = context;
    this.#finder = new Finder((query) => actions.search(query));
    this.#page = element('h1', { class: 'visually-hidden', hidden: true }, t('place.search'));
    this.#input = element('input', {
      class: 'field__input search__input', type: 'search', autocomplete: 'off', spellcheck: 'false', dir: 'auto', 'aria-label': t('place.search'),
      placeholder: t('search.placeholder'), enterkeyhint: 'search', maxlength: 200, oninput: () => this.#finder.write(this.#input.value),
    });
    this.#day = element('input', { class: 'field__input', type: 'date', id: freshId('day'), required: true });
    this.#hint = this.#makeHint();
    this.#again = element('button', { type: 'button', class: 'button', hidden: true, onclick: () => this.#finder.hurry() }, t('invite.retry'));
    this.#more = element('button', { type: 'button', class: 'button', hidden: true, onclick: () => void this.#goOn() }, t('search.more'));
    const close = element('button', {
      type: 'button', class: 'icon-button', 'aria-label': t('people.close'), title: t('people.close'), onclick: () => void commands.search(false),
    }, icon('close'));
    this.element = element('div', { class: 'people search', onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event) }, this.#page,
      element('div', { class: 'people__head' }, element('h2', { class: 'people__title' }, t('search.title')), close),
      element('div', { class: 'people__scroll', tabindex: 0, role: 'region', 'aria-label': t('search.title') }, this.#form(), this.#hint,
        this.#status, this.#error, this.#again, this.#list, this.#more, this.#dayForm()));
    this.#listen();
    this.#drawRoom();
    this.#draw();
  }

  close() {
    this.#leaving.abort();
    this.#finder.close();
    this.element.remove();
  }

  /** Ready to write; what stands there already is written over. */
  focus() {
    this.#input.focus();
    this.#input.select();
  }

  /** On a phone it is the page, so it has a first heading. @param {boolean} isPage */
  setPage(isPage) {
    this.#page.hidden = !isPage;
  }

  #listen() {
    const { store } = this.#context;
    const { signal } = this.#leaving;
    this.#finder.addEventListener('change', () => this.#draw());
    store.addEventListener('current', () => this.#drawRoom(), { signal });
    store.addEventListener('rooms', () => {
      this.#drawRoom();
      this.#finder.keep(({ message }) => store.rooms.has(message.room));
    }, { signal });
    store.addEventListener('messages', ({ detail: { change, ids = [] } }) => {
      if (change === 'changed') this.#finder.keep(({ message: { id } }) => !ids.includes(id) || this.#context.actions.knownMessage(id)?.deleted !== true);
    }, { signal });
    store.addEventListener('connection', ({ detail }) => detail.status === 'online' && this.#finder.state === 'failed' && this.#finder.hurry(), { signal });
    this.#here.addEventListener('change', () => this.#finder.within(this.#here.checked ? store.current : null));
  }

  #form() {
    return element('form', { class: 'search__form', role: 'search', novalidate: true, onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
      element('div', { class: 'people-list__search' }, icon('search'), this.#input),
      element('label', { class: 'search__here' }, this.#here, this.#hereWords));
  }

  #makeHint() {
    const { t } = this.#context;
    return element('div', { class: 'search__hint' }, element('p', { class: 'quiet' }, t('search.hint')),
      element('dl', {}, ...FILTERS.map((key) => element('div', {}, element('dt', {}, element('code', {}, t(`search.filter_${key}`))), element('dd', {}, t(`search.filter_${key}_hint`))))));
  }

  #dayForm() {
    const { t } = this.#context;
    this.#dayWords.htmlFor = this.#day.id;
    this.#dayError.id = freshId('error');
    setAttribute(this.#day, 'aria-describedby', this.#dayError.id);
    return element('form', {
      class: 'search__day', novalidate: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void this.#goToDay();
      },
    }, this.#dayWords, element('div', { class: 'search__day-row' }, this.#day, element('button', { class: 'button' }, t('search.go'))), this.#dayError);
  }

  /** To where a day begins for the reader, in the room that is shown. */
  async #goToDay() {
    const { t, store, actions } = this.#context;
    const room = store.current;
    const [year, month, day] = this.#day.value.split('-').map(Number);
    setText(this.#dayError, '');
    if (room === null) return;
    if (year === undefined || month === undefined || day === undefined) {
      setText(this.#dayError, t('search.no_day'));
      this.#day.focus();
      return;
    }
    try {
      const seq = await seqOfDay((query) => actions.search(query), room, new Date(year, month - 1, day));
      const { first_seq: first = 1, last_seq: last = seq } = store.room(room) ?? {};
      if (last === 0) setText(this.#dayError, t('search.nothing_said'));
      else location.hash = addressOf({ room, seq: Math.max(first, Math.min(seq, last)) });
    } catch (error) {
      setText(this.#dayError, personErrorWords(this.#context, error));
    }
  }

  /** The arrows lead through what was found, and up from the first back to the field. @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing || event.target === this.#day) return;
    const links = [...this.#list.querySelectorAll('a')];
    const place = links.findIndex((link) => link === document.activeElement);
    const isInField = document.activeElement === this.#input;
    if (event.key === 'Enter' && isInField) {
      this.#finder.hurry();
      if (this.#finder.state === 'found') links[0]?.click();
    } else if (event.key === 'ArrowDown' && (isInField || place >= 0)) (links[place + 1] ?? (this.#more.hidden ? undefined : this.#more))?.focus();
    else if (event.key === 'ArrowUp' && document.activeElement === this.#more) links.at(-1)?.focus();
    else if (event.key === 'ArrowUp' && place >= 0) (links[place - 1] ?? this.#input).focus();
    else return;
    event.preventDefault();
  }

  /** What comes next gets the focus, for the button may be gone. */
  async #goOn() {
    const known = new Set(this.#finder.results);
    await this.#finder.more();
    const next = this.#finder.results.find((found) => !known.has(found));
    if (next) this.#list.querySelector(`a[data-id="${CSS.escape(next.message.id)}"]`)?.scrollIntoView({ block: 'nearest' });
    if (next && document.activeElement !== this.#input) /** @type {HTMLElement | null} */ (this.#list.querySelector(`a[data-id="${CSS.escape(next.message.id)}"]`))?.focus();
  }

  #drawRoom() {
    const { t, store } = this.#context;
    const room = store.current === null ? undefined : store.rooms.get(store.current);
    setText(this.#hereWords, t('search.here', { room: room?.name ?? '' }));
    setText(this.#dayWords, t('search.day', { room: room?.name ?? '' }));
    if (this.#here.checked && store.current !== null) this.#finder.within(store.current);
  }

  #draw() {
    const { t } = this.#context;
    const { state, results, error, hasMore, isGoingOn, reached } = this.#finder;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset['id'];
    this.#hint.hidden = state !== 'idle';
    setText(this.#status, this.#statusWords());
    setText(this.#error, error === null ? '' : personErrorWords(this.#context, error));
    this.#again.hidden = state !== 'failed';
    this.#more.hidden = !hasMore || state !== 'found';
    this.#more.disabled = isGoingOn;
    setText(this.#more, reached === null ? t('search.more') : t('search.further', { day: this.#dayOf(reached) }));
    this.element.setAttribute('aria-busy', String(state === 'searching' || isGoingOn));
    // While the next answer is on its way, what was found before stays as it is.
    if (state === 'searching' || isGoingOn) return;
    setChildren(this.#list, grouped(results, dayKey).map((day) => this.#dayOfResults(day)));
    if (focused !== undefined) /** @type {HTMLElement | null} */ (this.#list.querySelector(`a[data-id="${CSS.escape(focused)}"]`))?.focus();
  }

  #statusWords() {
    const { t } = this.#context;
    const { state, results, hasMore } = this.#finder;
    if (state === 'searching') return t('search.searching');
    if (state !== 'found') return '';
    if (results.length === 0) return t(hasMore ? 'search.none_yet' : 'search.none');
    return t(hasMore ? 'search.found_first' : 'search.found', { count: results.length });
  }

  /** @param {string} at */
  #dayOf(at) {
    return formatDay(at, this.#context.locale);
  }

  /** @param {ReturnType<typeof grouped>[number]} day */
  #dayOfResults({ at, rooms }) {
    const { store } = this.#context;
    return element('section', {}, element('h3', { class: 'search__date' }, this.#dayOf(at)), ...rooms.flatMap(({ room: id, results }) => {
      const room = store.rooms.get(id);
      return [element('h4', { class: 'search__room' }, room ? roomPicture(this.#context, room) : null, element('span', { dir: 'auto' }, room?.name ?? '')),
        element('ul', { class: 'search__results' }, ...results.map((found) => this.#result(found)))];
    }));
  }

  /** @param {import('../search-types.js').Found} found */
  #result({ message: { id, room, seq, username, message, created_at: at }, snippet }) {
    const { locale } = this.#context;
    return element('li', {}, element('a', { class: 'search__result', href: addressOf({ room, seq }), 'data-id': id },
      element('span', { class: 'search__by' }, element('span', { class: 'search__author', dir: 'auto' }, username), ' ',
        element('time', { datetime: at, title: formatDateTime(at, locale) }, formatTime(at, locale))),
      element('span', { class: 'search__snippet', dir: 'auto' }, ...asItReads(message, snippet).map(({ text, mark }) => (mark ? element('mark', {}, text) : text)))));
  }
}
