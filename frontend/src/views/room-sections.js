/** The rooms under their headings: everybody's, private ones, conversations, and folded away those that are archived. */
import { icon } from '../icons.js';
import { areArchivedShown, mayMakeRooms, sections } from '../lib/rooms.js';
import { element, freshId, setAttribute } from './element.js';
import { roomLink } from './room-link.js';

/** @typedef {import('../lib/rooms.js').SectionKey} SectionKey */
/** @typedef {{element: HTMLElement, list: HTMLElement, add?: HTMLElement}} Section */

export class RoomSections {
  /** @type {import('./context.js').PageContext} */
  #context;
  /** @type {Record<SectionKey, Section>} */
  #sections;
  #archived;
  /** The archived room that is shown. @type {string | null} */
  #archivedShown = null;
  /** A line that is drawn anew between press and release gets no click. */
  #isPressed = false;
  #isDue = false;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { commands } = context;
    this.#context = context;
    this.#archived = this.#folded();
    this.#sections = {
      public: this.#section('public', () => commands.newRoom()),
      private: this.#section('private', () => commands.newRoom({ isPrivate: true })),
      direct: this.#section('direct', () => commands.newMessage()),
      archived: this.#archived,
    };
    this.element = element('div', { class: 'room-list__scroll' }, ...Object.values(this.#sections).map((section) => section.element));
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('pointerdown', () => { this.#isPressed = true; });
    for (const end of ['pointerup', 'pointercancel', 'pointerleave']) this.element.addEventListener(end, () => this.#release());
  }

  draw() {
    const { store } = this.#context;
    this.#isDue = this.#isPressed;
    if (this.#isPressed) return;
    this.#unfold();
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['room'] : undefined;
    const mayAdd = mayMakeRooms(store.me);
    for (const { key, rooms } of sections(store.rooms.values())) {
      const { element: section, list, add } = this.#sections[key];
      list.replaceChildren(...rooms.map((room) => element('li', {}, roomLink(this.#context, room))));
      list.hidden = rooms.length === 0;
      if (add) add.hidden = !mayAdd;
      section.classList.toggle('is-empty', rooms.length === 0);
      section.hidden = rooms.length === 0 && (add === undefined || !mayAdd);
    }
    setAttribute(this.#archived.element, 'open', areArchivedShown(store));
    if (focused !== undefined) this.#focusRoom(focused);
  }

  /** The click comes after this, and what was to be drawn meanwhile after the click. */
  #release() {
    this.#isPressed = false;
    if (this.#isDue) setTimeout(() => this.draw());
  }

  /** What is shown must not be folded away: when it comes to be shown or archived, they are unfolded. */
  #unfold() {
    const { store, actions } = this.#context;
    const archived = store.current !== null && store.rooms.get(store.current)?.archived === true ? store.current : null;
    const isNew = archived !== null && archived !== this.#archivedShown;
    this.#archivedShown = archived;
    if (isNew && !areArchivedShown(store)) actions.setPreference('archived_rooms', true);
  }

  /** To the current room's line, or the first. */
  focus() {
    const line = this.element.querySelector('[aria-current]') ?? this.element.querySelector('a');
    if (line instanceof HTMLElement) line.focus();
  }

  /** A redrawn line keeps the focus it had. @param {string} id */
  #focusRoom(id) {
    this.#links().find((link) => link.dataset['room'] === id)?.focus({ preventScroll: true });
  }

  /** Those that are seen. */
  #links() {
    return [...this.element.querySelectorAll('a')].filter((link) => link.closest('details:not([open])') === null);
  }

  /** Arrows go from line to line, over the headings too. @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const links = this.#links();
    const place = links.findIndex((link) => link === event.target);
    const wanted = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: links.length - 1 }[event.key];
    if (place === -1 || wanted === undefined) return;
    links[wanted]?.focus();
    event.preventDefault();
  }

  /**
   * @param {Exclude<SectionKey, 'archived'>} key
   * @param {() => void} run what its button does
   * @returns {Section}
   */
  #section(key, run) {
    const { t } = this.#context;
    const id = freshId('rooms');
    const label = t(`rooms.add_${key}`);
    const add = element('button', { type: 'button', class: 'icon-button room-section__add', 'aria-label': label, title: label, 'aria-haspopup': 'dialog', onclick: run },
      icon(key === 'direct' ? 'message' : 'plus'));
    const list = element('ul', { class: 'room-list__rooms', 'aria-labelledby': id });
    const head = element('div', { class: 'room-section__head' }, element('h2', { class: 'room-list__title', id }, t(`rooms.${key}`)), add);
    return { element: element('div', { class: 'room-section', 'data-section': key }, head, list), list, add };
  }

  /** @returns {Section} */
  #folded() {
    const { t, actions, store } = this.#context;
    const id = freshId('rooms');
    const list = element('ul', { class: 'room-list__rooms', 'aria-labelledby': id });
    const folded = element('details', {
      class: 'room-section', 'data-section': 'archived',
      ontoggle: () => { if (folded.open !== areArchivedShown(store)) actions.setPreference('archived_rooms', folded.open); },
    }, element('summary', { class: 'room-section__head', title: t('rooms.archived') }, icon('archive'), element('h2', { class: 'room-list__title', id }, t('rooms.archived'))), list);
    return { element: folded, list };
  }
}
