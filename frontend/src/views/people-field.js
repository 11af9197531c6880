/** A field for people: completes names while they are typed, and keeps those chosen before it, each to be taken out again. */
import { icon } from '../icons.js';
import { avatar } from './avatar.js';
import { element, freshId, setAttribute, setText } from './element.js';

/** @typedef {import('../types.js').Person} Person */

/**
 * @typedef {object} PeopleFieldOptions
 * @property {string} label
 * @property {number} most people that can be chosen
 * @property {(person: Person) => boolean} [isOffered] who cannot be chosen is not offered; oneself never is
 */

export class PeopleField {
  /** @type {import('./context.js').PageContext} */
  #context;
  #options;
  #id = freshId('people');
  #input;
  #chips = element('ul', { class: 'people-field__chosen' });
  #list;
  #error;
  #status = element('p', { class: 'visually-hidden', role: 'status' });
  /** @type {Person[]} */
  #chosen = [];
  /** @type {Person[]} */
  #offered = [];
  #active = 0;
  /** Counts questions: a late answer is no answer. */
  #asked = 0;
  /** What is offered is for another text than the one that stands there. */
  #isLooking = false;
  /** Enter or Tab came before the answer. @type {'Enter' | 'Tab' | null} */
  #isHurried = null;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {PeopleFieldOptions} options
   */
  constructor(context, options) {
    this.#context = context;
    this.#options = options;
    this.#error = element('p', { class: 'field__error', id: `${this.#id}-error`, role: 'alert' });
    this.#input = element('input', {
      class: 'people-field__input', id: `${this.#id}-input`, role: 'combobox', dir: 'auto', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false',
      'aria-expanded': 'false', 'aria-autocomplete': 'list', 'aria-controls': this.#id, 'aria-describedby': this.#error.id,
      oninput: () => { this.refuse(''); void this.#look(); },
      onfocus: () => void this.#look(), onblur: () => this.#leave(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
    });
    this.#list = element('ul', { class: 'people-field__list', id: this.#id, role: 'listbox', 'aria-label': options.label, hidden: true });
    // A press must not take the focus from the field, or a phone's keyboard would close.
    this.#list.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#list.addEventListener('mousedown', (event) => event.preventDefault());
    const box = element('div', { class: 'people-field__box', onclick: () => this.#input.focus() }, this.#chips, this.#input);
    this.element = element('div', { class: 'field people-field' }, element('label', { class: 'field__label', for: this.#input.id }, options.label),
      box, this.#list, this.#error, this.#status);
  }

  /** Who was chosen, and a name that was typed and not chosen. @returns {string[]} */
  get usernames() {
    const typed = this.#input.value.trim().replace(/^@/, '');
    return [...this.#chosen.map(({ username }) => username), ...(typed ? [typed] : [])];
  }

  focus() {
    this.#input.focus();
  }

  /** This one is done with. @param {string} username */
  take(username) {
    const isChosen = this.#chosen.some((person) => person.username === username);
    if (!isChosen) this.#input.value = '';
    this.#chosen = this.#chosen.filter((person) => person.username !== username);
    this.#drawChosen();
    this.#close();
  }

  /** Say what is wrong; '' when nothing is. @param {string} words */
  refuse(words) {
    setText(this.#error, words);
    setAttribute(this.#input, 'aria-invalid', words ? 'true' : null);
    if (words) this.#input.focus();
  }

  async #look() {
    const asked = ++this.#asked;
    this.#isHurried = null;
    if (this.#chosen.length >= this.#options.most) return this.#close();
    const { store, actions } = this.#context;
    this.#isLooking = true;
    const found = await actions.findPeople(this.#input.value.trim().replace(/^@/, ''));
    if (asked !== this.#asked) return undefined;
    const isOffered = this.#options.isOffered ?? (() => true);
    const isChosen = (/** @type {Person} */ { username }) => username === store.me?.username || this.#chosen.some((one) => one.username === username);
    this.#isLooking = false;
    this.#show(found.filter((person) => !isChosen(person) && isOffered(person)));
    return this.#catchUp();
  }

  /** Does what the key has asked for that came too early. */
  #catchUp() {
    const key = this.#isHurried;
    this.#isHurried = null;
    const offered = this.#list.hidden ? undefined : this.#offered[this.#active];
    if (key !== null && offered) this.#choose(offered);
    else if (key === 'Enter') this.#input.form?.requestSubmit();
  }

  /** @param {Person[]} people */
  #show(people) {
    if (people.length === 0) return this.#close();
    this.#offered = people;
    this.#list.replaceChildren(...people.map((person, index) => element('li', {
      class: 'mentions__person', role: 'option', id: `${this.#id}-${index}`, onclick: () => this.#choose(person),
    }, avatar(person, 'small'), element('span', { class: 'mentions__name', dir: 'auto' }, person.username))));
    this.#list.hidden = false;
    setAttribute(this.#input, 'aria-expanded', 'true');
    setText(this.#status, this.#context.t('mentions.found', { count: people.length }));
    return this.#activate(0);
  }

  /** A press that takes the focus away is meant for what stands under it: the list makes way when that is done. */
  #leave() {
    if (document.querySelector('button:active, label:active, a:active')) document.addEventListener('click', () => this.#close(), { once: true });
    else this.#close();
  }

  #close() {
    this.#asked += 1;
    this.#isLooking = false;
    this.#list.hidden = true;
    setAttribute(this.#input, 'aria-expanded', 'false');
    setAttribute(this.#input, 'aria-activedescendant', null);
    setText(this.#status, '');
    return undefined;
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    [...this.#list.children].forEach((option, place) => option.setAttribute('aria-selected', String(place === index)));
    this.#list.children[index]?.scrollIntoView({ block: 'nearest' });
    setAttribute(this.#input, 'aria-activedescendant', `${this.#id}-${index}`);
    return undefined;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const isOpen = !this.#list.hidden;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const offered = this.#offered[this.#active];
    const isTyped = this.#input.value !== '';
    if (isOpen && step) this.#activate((this.#active + step + this.#offered.length) % this.#offered.length);
    else if (step) void this.#look();
    else if (isTyped && this.#isLooking && (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey))) this.#isHurried = event.key;
    // With nothing typed Enter and Tab go on: who has chosen everybody does not choose one more by leaving.
    else if (isOpen && offered && isTyped && (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey))) this.#choose(offered);
    else if (isOpen && offered && !isTyped && this.#chosen.length === 0 && event.key === 'Enter') this.#choose(offered);
    else if (isOpen && event.key === 'Escape') this.#close();
    else if (event.key === 'Backspace' && !isTyped && this.#chosen.length > 0) this.#takeOut(this.#chosen.at(-1)?.username ?? '');
    else return;
    event.preventDefault();
    // The same key would close what stands behind.
    event.stopPropagation();
  }

  /** @param {Person} person */
  #choose(person) {
    this.#chosen = [...this.#chosen, person];
    this.#input.value = '';
    this.refuse('');
    this.#drawChosen();
    this.#close();
    this.#input.focus();
  }

  /** @param {string} username */
  #takeOut(username) {
    this.take(username);
    this.#input.focus();
    void this.#look();
  }

  #drawChosen() {
    const { t } = this.#context;
    this.#chips.hidden = this.#chosen.length === 0;
    this.#chips.replaceChildren(...this.#chosen.map(({ username }) => element('li', {}, element('button', {
      type: 'button', class: 'people-field__person', 'aria-label': t('people_field.take', { name: username }), onclick: () => this.#takeOut(username),
    }, element('span', { dir: 'auto' }, username), icon('close')))));
  }
}
