/** A field for the text of a message: grows with it, completes mentions, counts against the limit, knows when Enter means done. */
import { cleanMessage, countCodePoints } from '../lib/text.js';
import { element, setText } from './element.js';
import { MentionList } from './mention-list.js';

/** The counter appears when this share of the limit is used. */
const COUNTER_FROM = 0.9;

/**
 * @typedef {object} MessageFieldOptions
 * @property {string} note id for the line that tells length and errors
 * @property {() => void} onInput after every change by the person
 * @property {() => void} onDone Enter, where it does not break the line
 */

export class MessageField {
  /** @type {import('./context.js').PageContext} */
  #context;
  #options;
  #mirror;
  #error = element('span', { class: 'writing__error', 'aria-live': 'polite' });
  #count = element('span', { class: 'writing__count' });
  #refusal = '';

  /**
   * @param {import('./context.js').PageContext} context
   * @param {MessageFieldOptions} options
   */
  constructor(context, options) {
    this.#context = context;
    this.#options = options;
    this.text = element('textarea', {
      class: 'writing__text', rows: 1, dir: 'auto', 'aria-describedby': options.note,
      enterkeyhint: entersDone() ? 'send' : 'enter', autocomplete: 'off',
    });
    this.#mirror = element('div', { class: 'writing' }, this.text);
    this.element = this.#mirror;
    this.mentions = new MentionList(context, this.text, () => this.#changed());
    this.note = element('p', { class: 'writing__note', id: options.note }, this.#error, this.#count);
    this.text.addEventListener('keydown', (event) => this.#onKey(event));
    this.text.addEventListener('input', () => this.#changed());
    // The caret may have left the mention, or come back to it.
    this.text.addEventListener('keyup', (event) => isCaretKey(event) && void this.mentions.look());
    this.text.addEventListener('click', () => void this.mentions.look());
    this.text.addEventListener('blur', () => this.mentions.close());
  }

  get value() {
    return this.text.value;
  }

  set value(text) {
    this.text.value = text;
    this.mentions.close();
    this.showLength();
  }

  /** Code points beyond the limit; negative below it. */
  get over() {
    return countCodePoints(cleanMessage(this.text.value)) - this.#context.store.limits.max_message_length;
  }

  /** Say what was wrong, until something else is typed. @param {string} words */
  refuse(words) {
    this.#refusal = words;
    this.showLength();
  }

  /** Put something in at the caret, as if it were typed. @param {string} text */
  insert(text) {
    const { selectionStart, selectionEnd } = this.text;
    this.text.setRangeText(text, selectionStart, selectionEnd, 'end');
    this.#changed();
  }

  showLength() {
    const { t, store } = this.#context;
    const limit = store.limits.max_message_length;
    const { over } = this;
    // The mirror lends the field its height (see writing.css).
    this.#mirror.dataset['text'] = this.text.value;
    setText(this.#count, over + limit >= limit * COUNTER_FROM ? t('composer.count', { count: over + limit, limit }) : '');
    setText(this.#error, over > 0 ? t('composer.over', { count: over }) : this.#refusal);
    this.text.setAttribute('aria-invalid', String(over > 0 || this.#refusal !== ''));
  }

  #changed() {
    this.#refusal = '';
    this.showLength();
    void this.mentions.look();
    this.#options.onInput();
  }

  /** Enter is done where a mouse is; while an input method composes, Enter belongs to it. @param {KeyboardEvent} event */
  #onKey(event) {
    if (this.mentions.handleKey(event)) return;
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || isComposing || !entersDone()) return;
    event.preventDefault();
    this.#options.onDone();
  }
}

/** On a touch screen Enter breaks the line, and the button sends. */
export function entersDone() {
  return matchMedia('(pointer: fine)').matches;
}

/** @param {KeyboardEvent} event */
function isCaretKey({ key }) {
  return key === 'ArrowLeft' || key === 'ArrowRight' || key === 'Home' || key === 'End';
}
