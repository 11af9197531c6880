/** The rooms; above them the chat's name, below them oneself. */
import { icon } from '../icons.js';
import { avatar } from './avatar.js';
import { element, setAttribute, setText } from './element.js';
import { RoomSections } from './room-sections.js';
import { COMMAND_KEY } from './shortcuts.js';

export class RoomList {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  #name = element('p', { class: 'place__name', dir: 'auto', role: 'heading' });
  #count = element('p', { class: 'place__count' });
  #sections;
  #host;
  #me;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { store } = context;
    this.#context = context;
    this.#host = this.#placeButton('host', 'home', () => context.commands.hostPanel());
    this.#me = element('button', { type: 'button', class: 'me', onclick: () => context.commands.settings() });
    this.#sections = new RoomSections(context);
    this.element = element('div', { class: 'room-list' }, this.#place(), this.#jumpButton(),
      this.#sections.element, this.#me);
    const { signal } = this.#leaving;
    store.addEventListener('rooms', () => this.#drawRooms(), { signal });
    store.addEventListener('current', () => this.#drawRooms(), { signal });
    store.addEventListener('me', () => this.draw(), { signal });
    // Who is here stands beside conversations only.
    store.addEventListener('people', () => { if ([...store.rooms.values()].some(({ kind }) => kind === 'direct')) this.#sections.draw(); }, { signal });
    store.addEventListener('preference', ({ detail }) => detail.key === 'archived_rooms' && this.#sections.draw(), { signal });
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
    setAttribute(this.#sections.element, 'role', isPage ? 'navigation' : null);
    setAttribute(this.#name, 'aria-level', isPage ? 1 : 2);
  }

  /** To the current room's line, or the first. */
  focus() {
    this.#sections.focus();
  }

  #place() {
    return element('div', { class: 'place' },
      element('div', { class: 'place__names' }, this.#name, this.#count),
      this.#host, this.#placeButton('everybody', 'people', () => this.#context.commands.everybody()), this.#placeButton('invite', 'invite', () => this.#context.commands.invite()));
  }

  /**
   * @param {'host' | 'everybody' | 'invite'} key
   * @param {'home' | 'people' | 'invite'} picture
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
    this.#sections.draw();
    const rooms = [...store.rooms.values()];
    const here = rooms.reduce((sum, room) => sum + room.user_count, 0);
    setText(this.#count, rooms.length > 0 ? t('place.people', { count: here }) : '');
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
