/** Completes people while `@` and a name are typed in a field: arrows, Enter or Tab, Esc, mouse and finger. */
import { mentionAt } from '../lib/mentions.js';
import { avatar } from './avatar.js';
import { element, freshId, setAttribute, setText } from './element.js';

/** @typedef {import('../types.js').Person} Person */

export class MentionList {
  /** @type {import('./context.js').PageContext} */
  #context;
  #field;
  #chosen;
  #id = freshId('mentions');
  #status = element('p', { class: 'visually-hidden', role: 'status' });
  #list;
  /** @type {Person[]} */
  #people = [];
  #active = 0;
  /** Whom the arrow keys have led to: a later answer does not lead away again. @type {string | null} */
  #wanted = null;
  /** Where the `@` of the mention stands that was dismissed. @type {number | null} */
  #dismissed = null;
  /** Counts questions: a late answer is no answer. */
  #asked = 0;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {HTMLTextAreaElement} field
   * @param {() => void} chosen told after a name was put in
   */
  constructor(context, field, chosen) {
    this.#context = context;
    this.#field = field;
    this.#chosen = chosen;
    this.#list = element('ul', { class: 'mentions', id: this.#id, role: 'listbox', 'aria-label': context.t('mentions.label'), hidden: true });
    this.element = element('div', { class: 'mentions-holder' }, this.#list, this.#status);
    // A press must not take the focus from the field, or a phone's keyboard would close.
    this.#list.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#list.addEventListener('mousedown', (event) => event.preventDefault());
    setAttribute(field, 'aria-autocomplete', 'list');
    setAttribute(field, 'aria-controls', this.#id);
  }

  get isOpen() {
    return !this.#list.hidden;
  }

  /** The text or the caret has changed. */
  async look() {
    const asked = ++this.#asked;
    const place = this.#place();
    if (place?.start !== this.#dismissed) this.#dismissed = null;
    if (!place || place.start === this.#dismissed) return this.close();
    const people = (await this.#context.actions.findPeople(place.prefix)).filter(({ user_id }) => user_id !== this.#context.store.me?.user_id);
    // Meanwhile another key may have come, or the text was sent.
    if (asked !== this.#asked || this.#place()?.start !== place.start) return undefined;
    const isComplete = people.length === 1 && people[0]?.username === place.prefix;
    return isComplete ? this.close() : this.#show(people);
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was meant for the list */
  handleKey(event) {
    if (!this.isOpen || event.isComposing || event.keyCode === 229 || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#step(step);
    else if (event.key === 'Enter' || event.key === 'Tab') this.#choose(this.#people[this.#active]);
    else if (event.key === 'Escape') this.#dismiss();
    else return false;
    event.preventDefault();
    // The same key would send the text, or close what stands behind.
    event.stopPropagation();
    return true;
  }

  close() {
    this.#asked += 1;
    this.#list.hidden = true;
    this.#wanted = null;
    setAttribute(this.#field, 'aria-activedescendant', null);
    setText(this.#status, '');
    return undefined;
  }

  #place() {
    const { value, selectionStart, selectionEnd } = this.#field;
    return selectionStart === selectionEnd ? mentionAt(value, selectionStart) : null;
  }

  #dismiss() {
    this.#dismissed = this.#place()?.start ?? null;
    this.close();
  }

  /** @param {Person[]} people */
  #show(people) {
    if (people.length === 0) return this.close();
    this.#people = people;
    this.#list.replaceChildren(...people.map((person, index) => this.#option(person, index)));
    this.#list.hidden = false;
    setText(this.#status, this.#context.t('mentions.found', { count: people.length }));
    return this.#activate(Math.max(0, people.findIndex(({ username }) => username === this.#wanted)));
  }

  /** @param {number} step */
  #step(step) {
    this.#activate((this.#active + step + this.#people.length) % this.#people.length);
    this.#wanted = this.#people[this.#active]?.username ?? null;
  }

  /**
   * @param {Person} person
   * @param {number} index
   */
  #option(person, index) {
    return element('li', { class: 'mentions__person', role: 'option', id: `${this.#id}-${index}`, onclick: () => this.#choose(person) },
      avatar(person, 'small'), element('span', { class: 'mentions__name', dir: 'auto' }, person.username));
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    [...this.#list.children].forEach((option, place) => option.setAttribute('aria-selected', String(place === index)));
    this.#list.children[index]?.scrollIntoView({ block: 'nearest' });
    setAttribute(this.#field, 'aria-activedescendant', `${this.#id}-${index}`);
    return undefined;
  }

  /** @param {Person | undefined} person */
  #choose(person) {
    const place = this.#place();
    if (!person || !place) return this.close();
    const end = this.#field.selectionStart;
    const isFollowed = /^\s/.test(this.#field.value.slice(end));
    this.#field.setRangeText(`@${person.username}${isFollowed ? '' : ' '}`, place.start, end, 'end');
    this.close();
    return this.#chosen();
  }
}
