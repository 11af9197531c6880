/** Jump to a room or to a person who is present: a field and the rooms and people whose names match. */
import { icon } from '../icons.js';
import { avatar } from './avatar.js';
import { Dialog } from './dialog.js';
import { element, freshId, setAttribute, setText } from './element.js';

/** Results shown at most. */
const SHOWN = 50;

/**
 * @typedef {object} Target
 * @property {string} room its id
 * @property {string} name of the room or the person
 * @property {string} kind words beside the name
 * @property {import('../types.js').Person} [person]
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

  /** @param {import('./context.js').PageContext} context */
  constructor(context) {
    const { t } = context;
    this.#context = context;
    this.#input = element('input', {
      class: 'jump__input', role: 'combobox', 'aria-expanded': 'true', 'aria-autocomplete': 'list', 'aria-controls': this.#id, autocomplete: 'off',
      spellcheck: 'false', 'aria-label': t('jump.title'), placeholder: t('jump.placeholder'), enterkeyhint: 'go', oninput: () => this.#search(),
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
    if (step) this.#choose((this.#chosen + step + this.#found.length) % Math.max(1, this.#found.length));
    else if (event.key === 'Enter') this.#go(this.#found[this.#chosen]);
    else return;
    event.preventDefault();
  }

  #search() {
    const { t, store } = this.#context;
    const words = this.#input.value.trim().toLocaleLowerCase();
    const found = [...rooms(this.#context), ...(words ? people(this.#context) : [])].filter(({ name }) => name.toLocaleLowerCase().includes(words));
    this.#found = found.sort((one, other) => rank(one, words) - rank(other, words)).slice(0, SHOWN);
    this.#list.replaceChildren(...this.#found.map((target, index) => this.#option(target, index)));
    this.#list.hidden = this.#found.length === 0;
    this.#none.hidden = this.#found.length > 0;
    setText(this.#count, t('jump.results', { count: this.#found.length }));
    this.#choose(words || this.#found[0]?.room !== store.current || this.#found.length < 2 ? 0 : 1);
  }

  /**
   * @param {Target} target
   * @param {number} index
   */
  #option(target, index) {
    return element('li', { class: 'jump__option', role: 'option', id: `${this.#id}-${index}`, onclick: () => this.#go(target) },
      target.person ? avatar(target.person, 'small') : icon('hash'),
      element('span', { class: 'jump__name', dir: 'auto' }, target.name), element('span', { class: 'jump__kind' }, target.kind));
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = index;
    [...this.#list.children].forEach((option, place) => option.setAttribute('aria-selected', String(place === index)));
    this.#list.children[index]?.scrollIntoView({ block: 'nearest' });
    setAttribute(this.#input, 'aria-activedescendant', this.#found.length > 0 ? `${this.#id}-${index}` : null);
  }

  /** @param {Target | undefined} target */
  #go(target) {
    if (!target) return;
    const { commands } = this.#context;
    this.#dialog.close();
    commands.showRoom(target.room);
    if (target.person) commands.showPeople(true, target.name);
  }
}

/** @param {import('./context.js').PageContext} context @returns {Target[]} */
function rooms({ store, t }) {
  return [...store.rooms.values()].map((room) => ({ room: room.id, name: room.name, kind: t('jump.room') }));
}

/** Who is in the rooms opened so far, each once, the current room first. @param {import('./context.js').PageContext} context @returns {Target[]} */
function people({ store, t }) {
  /** @type {Map<string, Target>} */
  const found = new Map();
  const ids = [...store.rooms.keys()].sort((one, other) => Number(other === store.current) - Number(one === store.current));
  for (const id of ids) {
    const kind = t('jump.person', { room: store.rooms.get(id)?.name ?? id });
    for (const person of store.room(id)?.people ?? []) {
      if (!found.has(person.username)) found.set(person.username, { room: id, name: person.username, kind, person });
    }
  }
  return [...found.values()];
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
