/** What a host decides of the chat as a whole: its name, and in the first run how long it keeps what was said. */
import { element, freshId, setAttribute, setText } from './element.js';
import { errorWords } from './error-words.js';
import { periodChoice } from './periods.js';

/**
 * @typedef {object} ChatFormOptions
 * @property {import('../types.js').Overview} overview to begin with
 * @property {string} button
 * @property {boolean} [isFirst] this is the first run, which sending it off ends
 * @property {() => void} [onSaved]
 */

export class ChatForm {
  /** @type {import('../types.js').ViewContext} */
  #context;
  #options;
  #name;
  #nameError;
  #error = element('p', { class: 'field__error', role: 'alert' });
  #period;
  #button;

  /**
   * @param {import('../types.js').ViewContext} context
   * @param {ChatFormOptions} options
   */
  constructor(context, options) {
    this.#context = context;
    this.#options = options;
    const { overview, button, isFirst = false } = options;
    this.#period = isFirst ? periodChoice(context, overview) : null;
    this.#nameError = element('p', { class: 'field__error', id: freshId('chat-error'), role: 'alert' });
    this.#name = element('input', {
      class: 'field__input', id: freshId('chat'), dir: 'auto', autocomplete: 'off', maxlength: 64, required: true, enterkeyhint: 'done',
      'aria-describedby': this.#nameError.id, disabled: this.#isFixed('name'), oninput: () => this.#showNameError(''),
    });
    this.#name.value = overview.name;
    this.#button = element('button', { class: 'button button--primary' }, button);
    this.element = element('form', { class: 'settings', novalidate: true, onsubmit: (event) => void this.#submit(event) },
      this.#nameField(), this.#period?.element, this.#error, element('div', { class: 'settings__submit' }, this.#button));
  }

  focus() {
    (this.#name.disabled ? this.#button : this.#name).focus();
    this.#name.select();
  }

  #nameField() {
    const { t } = this.#context;
    return element('div', { class: 'field' }, element('label', { class: 'field__label', for: this.#name.id }, t('chat_form.name')),
      this.#name, this.#nameError, this.#fixedHint('name'));
  }

  /** @param {string} choice */
  #isFixed(choice) {
    return this.#options.overview.fixed.includes(choice);
  }

  /** @param {string} choice */
  #fixedHint(choice) {
    return this.#isFixed(choice) ? element('p', { class: 'quiet settings__hint' }, this.#context.t('host.fixed')) : null;
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const { t, host } = this.#context;
    if (this.#name.value.trim() === '') return this.#showNameError(t('chat_form.empty_name'));
    setText(this.#error, '');
    this.#button.disabled = true;
    try {
      await host.choose({ ...this.#chosen(), ...(this.#options.isFirst ? { is_set_up: true } : {}) });
      this.#options.onSaved?.();
    } catch (error) {
      this.#showError(/** @type {import('../types.js').ChatErrorShape} */ (error));
    } finally {
      this.#button.disabled = false;
    }
    return undefined;
  }

  /** @returns {import('../types.js').Choice} */
  #chosen() {
    return { ...(this.#isFixed('name') ? {} : { name: this.#name.value.trim() }), ...this.#period?.chosen() };
  }

  /** @param {import('../types.js').ChatErrorShape} error */
  #showError(error) {
    const words = errorWords(this.#context, error);
    if (error.field === 'name') return this.#showNameError(words);
    return setText(this.#error, words);
  }

  /** @param {string} words */
  #showNameError(words) {
    setText(this.#nameError, words);
    setAttribute(this.#name, 'aria-invalid', words ? 'true' : null);
    if (words) this.#name.focus();
    return undefined;
  }
}
