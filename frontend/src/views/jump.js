/** Jump to a room, or to a conversation with a person: a field and the rooms and people whose names match. */
import { icon } from '../icons.js';
import { conversationWith, mayMakeRooms, sections } from '../lib/rooms.js';
import { avatar } from './avatar.js';
import { Dialog } from './dialog.js';
import { element, freshId, setAttribute, setText } from './element.js';
import { talkTo } from './person-menu.js';
import { roomPicture } from './room-link.js';

/** Results shown at most. */
const SHOWN = 50;

/** @typedef {import('./context.js').PageContext} PageContext */
/** @typedef {import('../types.js').Person} Person */

/**
 * @typedef {object} Target
 * @property {Readonly<import('../types.js').Room>} [room] in which a person is, where that is known
 * @property {string} name of the room or the person
 * @property {string} kind words beside the name
 * @property {Person} [person]
 * @property {boolean} [isEverybody] the list of all people
 */

class Jump {
  /** @type {import('./context.js').PageContext} */
  #context;
  #id = freshId('jump');
  #input;
  #list;
  #count = element('p', { class: 'visually-hidden', role: 'status' });
  #none;
  /** @type {Target[]} */
  #found = [];
  #chosen = 0;
  #dialog;
  /** Who was found by the server for what is typed. @type {Person[]} */
  #people = [];
  /** Counts questions: a late answer is no answer. */
  #asked = 0;
  /** What the arrow keys have led to: a later answer does not lead away again. @type {Target | undefined} */
  #wanted;

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    this.#input = element('input', {
      class: 'jump__input', role: 'combobox', 'aria-expanded': 'true', 'aria-autocomplete': 'list', 'aria-controls': this.#id, autocomplete: 'off',
      spellcheck: 'false', 'aria-label': t('jump.title'), placeholder: t('jump.placeholder'), enterkeyhint: 'go', oninput: () => void this.#ask(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
    });
    this.#list = element('ul', { class: 'jump__list', id: this.#id, role: 'listbox', 'aria-label': t('jump.title') });
    this.#none = element('p', { class: 'jump__none', hidden: true }, t('jump.none'));
    this.#dialog = new Dialog(context, { title: t('jump.title'), class: 'jump', isBare: true },
      element('div', { class: 'jump__field' }, icon('search'), this.#input), this.#list, this.#none, this.#count);
    this.#input.focus();
    this.#search();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#wanted = this.#choose((this.#chosen + step + this.#found.length) % Math.max(1, this.#found.length));
    else if (event.key === 'Enter') this.#go(this.#found[this.#chosen]);
    else return;
    event.preventDefault();
  }

  /** What is known here stands at once, what the server knows when it has answered. */
  async #ask() {
    const asked = ++this.#asked;
    const words = this.#input.value.trim();
    this.#people = [];
    this.#wanted = undefined;
    this.#search();
    if (words === '') return;
    const found = await this.#context.actions.findPeople(words);
    if (asked !== this.#asked) return;
    this.#people = found;
    this.#search();
  }

  #search() {
    const { t, store } = this.#context;
    const words = this.#input.value.trim().toLocaleLowerCase();
    const everybody = { name: t('place.everybody'), kind: t('jump.list'), isEverybody: true };
    const found = [...rooms(this.#context), ...(words ? people(this.#context, this.#people) : []), everybody].filter(({ name }) => name.toLocaleLowerCase().includes(words));
    this.#found = found.sort((one, other) => rank(one, words) - rank(other, words)).slice(0, SHOWN);
    this.#list.replaceChildren(...this.#found.map((target, index) => this.#option(target, index)));
    this.#list.hidden = this.#found.length === 0;
    this.#none.hidden = this.#found.length > 0;
    setText(this.#count, t('jump.results', { count: this.#found.length }));
    const place = this.#found.findIndex(({ name, kind }) => name === this.#wanted?.name && kind === this.#wanted.kind);
    const first = words || this.#found[0]?.room?.id !== store.current || this.#found.length < 2 ? 0 : 1;
    this.#choose(place === -1 ? first : place);
  }

  /**
   * @param {Target} target
   * @param {number} index
   */
  #option(target, index) {
    return element('li', { class: 'jump__option', role: 'option', id: `${this.#id}-${index}`, onclick: () => this.#go(target) },
      target.isEverybody ? icon('people') : target.person || !target.room ? avatar({ ...target.person, username: target.name }, 'small') : roomPicture(this.#context, target.room),
      element('span', { class: 'jump__name', dir: 'auto' }, target.name), element('span', { class: 'jump__kind' }, target.kind));
  }

  /** @param {number} index @returns {Target | undefined} what is chosen now */
  #choose(index) {
    this.#chosen = index;
    [...this.#list.children].forEach((option, place) => option.setAttribute('aria-selected', String(place === index)));
    this.#list.children[index]?.scrollIntoView({ block: 'nearest' });
    setAttribute(this.#input, 'aria-activedescendant', this.#found.length > 0 ? `${this.#id}-${index}` : null);
    return this.#found[index];
  }

  /** @param {Target | undefined} target */
  #go(target) {
    if (!target) return undefined;
    const { commands } = this.#context;
    this.#dialog.close();
    if (target.isEverybody) return commands.everybody();
    if (target.person && mayMakeRooms(this.#context.store.me)) return void talkTo(this.#context, target.name);
    if (target.room) commands.showRoom(target.room.id);
    if (target.room && target.person) commands.showPeople(true, target.name);
    return undefined;
  }
}

/** @param {PageContext} context @returns {Target[]} */
function rooms({ store, t }) {
  return sections(store.rooms.values()).flatMap(({ key, rooms: listed }) => listed.map((room) => ({ room, name: room.name, kind: t(`jump.${key}`) })));
}

/**
 * People whom one can talk with, or who are in a room opened so far; those whose conversation is listed already are not.
 * @param {PageContext} context
 * @param {readonly Person[]} found by the server
 * @returns {Target[]}
 */
function people({ store, t }, found) {
  /** @type {Map<string, Target>} */
  const targets = new Map();
  const ids = [...store.rooms.keys()].sort((one, other) => Number(other === store.current) - Number(one === store.current));
  for (const id of ids) {
    const room = store.rooms.get(id);
    for (const person of store.room(id)?.people ?? []) {
      if (room && !targets.has(person.username)) targets.set(person.username, { room, name: person.username, kind: t('jump.person', { room: room.name }), person });
    }
  }
  for (const person of mayMakeRooms(store.me) ? found : []) {
    if (!targets.has(person.username)) targets.set(person.username, { name: person.username, kind: t('jump.somebody'), person });
  }
  return [...targets.values()].filter(({ name }) => name !== store.me?.username && conversationWith(store.rooms.values(), { username: name }, store.me) === undefined);
}

/**
 * Names that begin with the words come first.
 * @param {Target} target
 * @param {string} words
 */
function rank({ name }, words) {
  return name.toLocaleLowerCase().startsWith(words) ? 0 : 1;
}

/** @param {import('./context.js').PageContext} context */
export function openJump(context) {
  return new Jump(context);
}
