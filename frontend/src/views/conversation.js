/** One room on the page: head, connection bar, history, typing line, composer. */
import { icon } from '../icons.js';
import { Composer } from './composer.js';
import { ConnectionBar } from './connection-bar.js';
import { element, setAttribute, setText } from './element.js';
import { Messages } from './messages.js';
import { RoomBar } from './room-bar.js';
import { roomPicture } from './room-link.js';
import { SecureOffer } from './secure.js';
import { TypingLine } from './typing-line.js';

export class Conversation {
  #leaving = new AbortController();
  /** @type {import('./context.js').RoomContext} */
  #context;
  /** @type {string} */
  #id;
  #picture = element('span', { class: 'conversation__picture' });
  #name = element('h1', { class: 'conversation__name', dir: 'auto' });
  #topic = element('p', { class: 'conversation__topic', dir: 'auto' });
  #count = element('span', { 'aria-hidden': 'true' });
  #people;
  #search;
  #composer;
  #messages;
  #bar;
  #parts;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} id of the room
   */
  constructor(context, id) {
    this.#context = { ...context, talk: this.#talk() };
    this.#id = id;
    this.#people = this.#peopleButton();
    this.#search = this.#searchButton();
    this.#composer = new Composer(this.#context, id);
    this.#messages = new Messages(this.#context, id);
    const bar = new RoomBar(context, id, (isClosed) => {
      this.#composer.element.hidden = isClosed;
      this.#messages.element.classList.toggle('is-closed', isClosed);
    });
    this.#bar = bar;
    this.#parts = [new ConnectionBar(context), new SecureOffer(context), this.#messages, new TypingLine(context, id), this.#composer, bar];
    this.element = element('div', { class: 'conversation' }, this.#head(), ...this.#parts.map((part) => part.element));
    this.#listen();
    this.#draw();
  }

  close() {
    this.#leaving.abort();
    for (const part of this.#parts) part.close();
    this.element.remove();
  }

  /** Ready to write where there is a keyboard; elsewhere the field would raise one over the page. */
  focus() {
    if (matchMedia('(pointer: fine)').matches && !this.#bar.focus()) this.#composer.focus();
  }

  /** Somebody is to be named in what is being written. @param {string} username */
  mention(username) {
    this.#composer.mention(username);
  }

  /** Ready to write, wherever one is. */
  write() {
    this.#composer.focus();
  }

  /** It came into view as the one pane of a phone. */
  focusPane() {
    if (matchMedia('(pointer: fine)').matches) this.#composer.focus();
    else this.#messages.focus();
  }

  /** What stands beside it is another. */
  sideChanged() {
    const { commands } = this.#context;
    this.#people.setAttribute('aria-expanded', String(commands.arePeopleShown()));
    this.#search.setAttribute('aria-expanded', String(commands.isSearching()));
  }

  focusPeopleButton() {
    this.#people.focus();
  }

  focusSearchButton() {
    this.#search.focus();
  }

  /** @returns {import('./context.js').Talk} */
  #talk() {
    return {
      reply: (id) => this.#composer.replyTo(id),
      edit: (id, from) => this.#edit(id, from),
      refresh: (id) => this.#messages.refresh(id),
      editLast: () => this.#editLast(),
      write: () => this.#composer.focus(),
      focusMessage: (seq) => this.#messages.focusMessage(seq),
    };
  }

  /**
   * @param {string} id
   * @param {import('../types.js').BegunEdit['from']} from
   */
  #edit(id, from) {
    const { actions, begun } = this.#context;
    const text = actions.knownMessage(id)?.message;
    if (text !== undefined && !begun.edits.has(id)) begun.edits.set(id, { text, from });
    this.#messages.edit(id);
  }

  #editLast() {
    const last = this.#context.actions.lastOwnMessage(this.#id);
    if (last) this.#edit(last.id, 'composer');
    return last !== null;
  }

  #listen() {
    const { store } = this.#context;
    const { signal } = this.#leaving;
    store.addEventListener('rooms', () => this.#draw(), { signal });
    store.addEventListener('people', () => this.#draw(), { signal });
  }

  #head() {
    const { t, commands } = this.#context;
    const back = element('button', {
      type: 'button', class: 'icon-button conversation__back', 'aria-label': t('rooms.back'), onclick: () => commands.showRooms(),
    }, icon('back'));
    return element('header', { class: 'conversation__head' }, back, this.#picture,
      element('div', { class: 'conversation__titles' }, this.#name, this.#topic), this.#search, this.#people);
  }

  #peopleButton() {
    const { commands } = this.#context;
    return element('button', {
      type: 'button', class: 'conversation__people', 'aria-expanded': String(commands.arePeopleShown()),
      onclick: () => commands.showPeople(!commands.arePeopleShown()),
    }, icon('people'), this.#count);
  }

  #searchButton() {
    const { t, commands } = this.#context;
    return element('button', {
      type: 'button', class: 'icon-button conversation__search', 'aria-expanded': String(commands.isSearching()), 'aria-label': t('place.search'), title: t('place.search'),
      onclick: () => void commands.search(!commands.isSearching()),
    }, icon('search'));
  }

  #draw() {
    const { t, store, locale } = this.#context;
    const entry = store.rooms.get(this.#id);
    const count = store.room(this.#id)?.user_count ?? entry?.user_count ?? 0;
    const label = t('people.button', { count });
    this.#picture.hidden = entry === undefined || entry.kind === 'public';
    this.#picture.replaceChildren(...(entry && !this.#picture.hidden ? [roomPicture(this.#context, entry)] : []));
    setText(this.#name, entry?.name ?? '');
    setText(this.#topic, entry?.topic ?? '');
    setText(this.#count, new Intl.NumberFormat(locale).format(count));
    setAttribute(this.#people, 'aria-label', label);
    setAttribute(this.#people, 'title', label);
  }
}
