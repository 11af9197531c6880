/** Who is in the room, and what else there is to know and do about it. */
import { icon } from '../icons.js';
import { avatar } from './avatar.js';
import { element, freshId, setText } from './element.js';

/** Names drawn at most; the rest are counted (the server sends as many on joining). */
const SHOWN = 500;
/** What one is told of a room; the first holds unless one chose. */
const LEVELS = ['all', 'mentions', 'none'];
const FORMATS = /** @type {const} */ (['csv', 'json', 'ndjson']);

export class People {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  /** @type {string} */
  #room;
  #page;
  #title;
  #list;
  #more = element('p', { class: 'quiet' });

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} room its id
   */
  constructor(context, room) {
    const { t, store, actions } = context;
    this.#context = context;
    this.#room = room;
    this.#page = element('h1', { class: 'visually-hidden', hidden: true }, store.rooms.get(room)?.name ?? room);
    this.#title = element('h2', { class: 'people__title', tabindex: -1 });
    this.#list = element('ul', {});
    this.element = element('div', { class: 'people' }, this.#page,
      element('div', { class: 'people__head' }, this.#title, this.#closeButton()),
      element('div', { class: 'people__scroll', tabindex: 0, role: 'region', 'aria-label': t('people.label') },
        this.#list, this.#more, this.#about()));
    store.addEventListener('people', ({ detail }) => detail.room === room && this.#draw(), { signal: this.#leaving.signal });
    store.addEventListener('me', () => this.#draw(), { signal: this.#leaving.signal });
    this.#draw();
    if (store.connection.status === 'online') void actions.loadPeople(room).catch(() => undefined);
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  /** @param {string} [person] whose line gets the focus; else the title */
  focus(person) {
    const target = this.#lineOf(person) ?? this.#title;
    target.focus();
    target.scrollIntoView({ block: 'nearest' });
  }

  /** @param {string | undefined} person */
  #lineOf(person) {
    return [...this.#list.querySelectorAll('li')].find((line) => line.dataset['name'] === person);
  }

  /** On a phone it is the page, so it names the room in a first heading. @param {boolean} isPage */
  setPage(isPage) {
    this.#page.hidden = !isPage;
  }

  #closeButton() {
    const { t, commands } = this.#context;
    return element('button', {
      type: 'button', class: 'icon-button', 'aria-label': t('people.close'), title: t('people.close'), onclick: () => commands.showPeople(false),
    }, icon('close'));
  }

  #draw() {
    const { t, store } = this.#context;
    const room = store.room(this.#room);
    const people = (room?.people ?? []).slice(0, SHOWN);
    const count = room?.user_count ?? people.length;
    const focused = this.#list.contains(document.activeElement) && document.activeElement instanceof HTMLElement ? document.activeElement : null;
    setText(this.#title, t('people.title', { count }));
    this.#list.replaceChildren(...people.map((person) => this.#person(person)));
    // A redrawn line keeps the focus it had.
    if (focused) this.#lineOf(focused.dataset['name'])?.focus({ preventScroll: true });
    this.#more.hidden = count <= people.length;
    setText(this.#more, t('people.more', { count: Math.max(0, count - people.length) }));
  }

  /** @param {import('../types.js').Person} person */
  #person(person) {
    const { t, store } = this.#context;
    const isMe = person.username === store.me?.username;
    return element('li', { class: 'people__person', tabindex: -1, 'data-name': person.username },
      avatar(person, 'small'), element('span', { class: 'people__name', dir: 'auto' }, person.username),
      isMe ? element('span', { class: 'quiet' }, t('people.you')) : null);
  }

  #about() {
    const { t, store } = this.#context;
    const topic = store.rooms.get(this.#room)?.topic;
    return element('section', { class: 'people__section' },
      element('h3', {}, t('people.about')),
      element('p', { class: 'people__topic', dir: 'auto' }, topic || t('people.no_topic')),
      this.#levelChoice(),
      ...this.#exportLinks());
  }

  #levelChoice() {
    const { t, actions } = this.#context;
    const key = `level:${this.#room}`;
    const name = freshId('level');
    const present = String(actions.preference(key) ?? LEVELS[0]);
    const choices = LEVELS.map((level) => {
      const radio = element('input', { type: 'radio', name, value: level, onchange: () => actions.setPreference(key, level) });
      radio.checked = level === present;
      return element('label', { class: 'choices__choice' }, radio, t(`people.notify_${level}`));
    });
    return element('fieldset', {}, element('legend', { class: 'people__legend' }, t('people.notify')), element('div', { class: 'choices choices--column' }, ...choices));
  }

  #exportLinks() {
    const { t, actions } = this.#context;
    const links = FORMATS.map((format) => element('a', {
      class: 'button', href: actions.exportUrl(this.#room, format), download: true, 'aria-label': t('people.export_as', { format: format.toUpperCase() }),
    }, icon('download'), format.toUpperCase()));
    return [
      element('h3', {}, t('people.export')),
      element('p', { class: 'quiet' }, t('people.export_hint')),
      element('p', { class: 'people__links' }, ...links),
    ];
  }
}
