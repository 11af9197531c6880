/** What an empty room says: what it is for, who reads here, and how to let others in. */
import { icon } from '../icons.js';
import { mayInvite, othersIn } from '../lib/rooms.js';
import { avatar } from './avatar.js';
import { element, setText } from './element.js';
import { Invitation } from './invitation.js';

/** Names of members in a sentence; the rest are counted. */
const NAMES_SHOWN = 5;

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {Readonly<import('../types.js').Room>} Room */

export class Welcome {
  #leaving = new AbortController();
  /** @type {PageContext} */
  #context;
  /** @type {string} */
  #id;
  /** @type {Invitation | null} */
  #invitation = null;
  #who = element('p', { class: 'welcome__text' });
  /** What of the room the words were made of. */
  #drawn = '';

  /**
   * @param {PageContext} context
   * @param {string} id of the room
   */
  constructor(context, id) {
    const { signal } = this.#leaving;
    this.#context = context;
    this.#id = id;
    this.element = element('section', { class: 'welcome' });
    context.store.addEventListener('rooms', () => this.#draw(), { signal });
    context.store.addEventListener('members', ({ detail }) => { if (detail.room === id) void this.#countMembers(); }, { signal });
    this.#draw();
  }

  close() {
    this.#leaving.abort();
    this.#invitation?.close();
    this.element.remove();
  }

  #draw() {
    const { store } = this.#context;
    const room = store.rooms.get(this.#id);
    const drawn = room ? JSON.stringify([room.kind, room.name, room.topic, mayInvite(store.me, room)]) : '';
    if (!room || drawn === this.#drawn) return;
    this.#drawn = drawn;
    const hadFocus = this.element.contains(document.activeElement);
    const parts = { public: () => this.#ofEverybodys(room), private: () => this.#ofPrivate(room), direct: () => this.#ofConversation(room) }[room.kind]();
    this.element.replaceChildren(...parts);
    if (hadFocus) this.#context.commands.write();
  }

  /** @param {Room} room */
  #ofEverybodys(room) {
    const { t } = this.#context;
    this.#invitation ??= new Invitation(this.#context);
    return [...this.#heading(room), element('p', { class: 'welcome__text' }, t('welcome.text')), element('p', { class: 'welcome__text' }, t('welcome.invite')),
      this.#invitation.element];
  }

  /** @param {Room} room */
  #ofPrivate(room) {
    const { t, store, commands } = this.#context;
    const invite = element('button', { type: 'button', class: 'button button--primary', onclick: () => commands.inviteInto() }, icon('plus'), t('welcome.invite_into'));
    void this.#countMembers();
    return [...this.#heading(room), element('p', { class: 'welcome__text' }, t('welcome.private')), this.#who, ...(mayInvite(store.me, room) ? [invite] : [])];
  }

  /** @param {Room} room */
  #ofConversation(room) {
    const { t, store } = this.#context;
    const others = othersIn(room, store.me);
    return [
      element('div', { class: 'welcome__faces', 'aria-hidden': 'true' }, ...others.map((person) => avatar(person))),
      element('h2', { class: 'welcome__title', dir: 'auto' }, room.name),
      element('p', { class: 'welcome__text' }, t(others.length > 1 ? 'welcome.direct_several' : 'welcome.direct', { names: room.name })),
    ];
  }

  /** @param {Room} room */
  #heading({ name, topic }) {
    const title = element('h2', { class: 'welcome__title', dir: 'auto' }, this.#context.t('welcome.title', { room: name }));
    return topic ? [title, element('p', { dir: 'auto' }, topic)] : [title];
  }

  /** The sentence about who belongs to it stays away while that is not known. */
  async #countMembers() {
    const { t, locale, rooms } = this.#context;
    const { members, count } = await rooms.members(this.#id).catch(() => ({ members: [], count: 0 }));
    const names = members.slice(0, NAMES_SHOWN).map(({ username }) => username);
    const parts = count > names.length ? [...names, t('presence.others', { count: count - names.length })] : names;
    if (count > 0) setText(this.#who, count === 1 ? t('welcome.alone') : t('welcome.members', { names: new Intl.ListFormat(locale, { type: 'conjunction' }).format(parts) }));
  }
}
