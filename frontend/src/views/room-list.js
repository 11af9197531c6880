/** The rooms with people and unread counts; above them the chat's name, below them oneself. */
import { icon } from '../icons.js';
import { avatar } from './avatar.js';
import { element, setAttribute, setText } from './element.js';
import { addressOf } from './routes.js';
import { COMMAND_KEY } from './shortcuts.js';

/** A higher number of unread messages is not counted out. */
const MOST_SHOWN = 99;

export class RoomList {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  #name = element('p', { class: 'place__name', dir: 'auto', role: 'heading' });
  #count = element('p', { class: 'place__count' });
  #list = element('ul', { class: 'room-list__rooms' });
  #host;
  #me;
  #scroller;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t, store } = context;
    this.#context = context;
    this.#host = this.#placeButton('host', 'home', () => context.commands.hostPanel());
    this.#me = element('button', { type: 'button', class: 'me', onclick: () => context.commands.settings() });
    this.#scroller = element('div', { class: 'room-list__scroll' }, element('h2', { class: 'room-list__title' }, t('rooms.title')), this.#list);
    this.element = element('div', { class: 'room-list' }, this.#place(), this.#jumpButton(),
      this.#scroller, this.#me);
    const { signal } = this.#leaving;
    store.addEventListener('rooms', () => this.#drawRooms(), { signal });
    store.addEventListener('current', () => this.#drawRooms(), { signal });
    store.addEventListener('me', () => this.#drawMe(), { signal });
    store.addEventListener('connection', () => this.#drawMe(), { signal });
    this.setPage(false);
    this.draw();
  }

  close() {
    this.#leaving.abort();
    this.element.remove();
  }

  draw() {
    setText(this.#name, this.#context.chatName());
    this.#drawRooms();
    this.#drawMe();
  }

  /** On a phone it is the page: the chat's name is the first heading, and only the rooms are the navigation. @param {boolean} isPage */
  setPage(isPage) {
    setAttribute(this.#scroller, 'role', isPage ? 'navigation' : null);
    setAttribute(this.#name, 'aria-level', isPage ? 1 : 2);
  }

  /** To the current room's line, or the first. */
  focus() {
    const line = this.#list.querySelector('[aria-current]') ?? this.#list.querySelector('a');
    if (line instanceof HTMLElement) line.focus();
  }

  #place() {
    return element('div', { class: 'place' },
      element('div', { class: 'place__names' }, this.#name, this.#count),
      this.#host, this.#placeButton('invite', 'invite', () => this.#context.commands.invite()));
  }

  /**
   * @param {'host' | 'invite'} key
   * @param {'home' | 'invite'} picture
   * @param {() => void} onclick
   */
  #placeButton(key, picture, onclick) {
    const label = this.#context.t(`place.${key}`);
    return element('button', { type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick }, icon(picture));
  }

  #jumpButton() {
    const { t, commands } = this.#context;
    return element('button', { type: 'button', class: 'jump-button', title: t('jump.title'), onclick: () => commands.jump() },
      icon('search'), element('span', { class: 'jump-button__label' }, t('place.jump')), element('kbd', { 'aria-hidden': 'true' }, `${COMMAND_KEY} K`));
  }

  #drawRooms() {
    const { t, store } = this.#context;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['room'] : undefined;
    const rooms = [...store.rooms.values()];
    this.#list.replaceChildren(...rooms.map((room) => element('li', {}, this.#link(room))));
    if (focused !== undefined) this.#focusRoom(focused);
    const here = rooms.reduce((sum, room) => sum + room.user_count, 0);
    setText(this.#count, rooms.length > 0 ? t('place.people', { count: here }) : '');
  }

  /** A redrawn line keeps the focus it had. @param {string} id */
  #focusRoom(id) {
    const links = [...this.#list.querySelectorAll('a')];
    links.find((link) => link.dataset['room'] === id)?.focus({ preventScroll: true });
  }

  /** @param {Readonly<import('../types.js').Room>} room */
  #link(room) {
    const { store } = this.#context;
    const isCurrent = room.id === store.current;
    const isUnread = room.unread > 0 && !isCurrent;
    return element('a', {
      class: isUnread ? 'room-link is-unread' : 'room-link', href: addressOf({ room: room.id }), 'data-room': room.id,
      'aria-current': isCurrent ? 'page' : null, title: room.name, onclick: (/** @type {MouseEvent} */ event) => this.#follow(event, room.id),
    }, icon('hash'),
    element('span', { class: 'room-link__tile', 'aria-hidden': 'true' }, [...room.name][0] ?? ''),
    element('span', { class: 'room-link__name', dir: 'auto' }, room.name),
    room.mention_count > 0 && !isCurrent ? this.#mentions(room.mention_count) : null,
    isUnread ? this.#unread(room.unread) : this.#people(room.user_count));
  }

  /** A plain click goes through the page's own history; one for a new tab is the browser's. */
  #follow(/** @type {MouseEvent} */ event, /** @type {string} */ room) {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.#context.commands.showRoom(room);
  }

  /** Apart from the unread messages, and louder. @param {number} count */
  #mentions(count) {
    const { t } = this.#context;
    return element('span', { class: 'room-link__mentions' },
      element('span', { 'aria-hidden': 'true' }, `@${this.#shown(count)}`), element('span', { class: 'visually-hidden' }, t('rooms.mentions', { count })));
  }

  /** @param {number} count */
  #shown(count) {
    const { t, locale } = this.#context;
    return count > MOST_SHOWN ? t('rooms.unread_many') : new Intl.NumberFormat(locale).format(count);
  }

  /** @param {number} count */
  #unread(count) {
    const { t } = this.#context;
    return element('span', { class: 'room-link__unread' },
      element('span', { 'aria-hidden': 'true' }, this.#shown(count)), element('span', { class: 'visually-hidden' }, t('rooms.unread', { count })));
  }

  /** @param {number} count */
  #people(count) {
    const { t, locale } = this.#context;
    if (count === 0) return null;
    return element('span', { class: 'room-link__count' },
      element('span', { 'aria-hidden': 'true' }, new Intl.NumberFormat(locale).format(count)), element('span', { class: 'visually-hidden' }, t('rooms.people', { count })));
  }

  #drawMe() {
    const { t, store } = this.#context;
    this.#host.hidden = store.me?.role !== 'host';
    if (!store.me) return;
    const { status } = store.connection;
    const state = { online: 'me.online', connecting: 'me.connecting', offline: 'me.offline', refused: 'me.offline' }[status];
    setAttribute(this.#me, 'title', t('me.settings'));
    this.#me.replaceChildren(avatar(store.me),
      element('span', { class: 'me__names' },
        element('span', { class: 'me__name', dir: 'auto' }, store.me.username),
        element('span', { class: status === 'online' ? 'me__state' : 'me__state is-away' }, t(state))),
      element('span', { class: 'visually-hidden' }, t('me.settings')), icon('settings'));
  }
}
