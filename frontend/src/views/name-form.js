/** Asks for a name: label, field, one button, and what was wrong with it, tied to the field. */
import { element, freshId, setAttribute, setText } from './element.js';

const LONGEST_NAME = 32;

/**
 * @typedef {object} NameFormOptions
 * @property {string} class of the form
 * @property {string} button
 * @property {string} name to begin with
 * @property {boolean} [isMain] whether the button is the one of its view
 * @property {(name: string) => Promise<void>} submit Rejects with a `ChatErrorShape`.
 */

export class NameForm {
  /** @type {import('../types.js').ViewContext} */
  #context;
  #options;
  #input;
  #error;
  #button;

  /**
   * @param {import('../types.js').ViewContext} context
   * @param {NameFormOptions} options
   */
  constructor(context, options) {
    const { t } = context;
    const input = freshId('name');
    const error = freshId('name-error');
    this.#context = context;
    this.#options = options;
    this.#input = element('input', {
      class: 'field__input', id: input, name: 'username', dir: 'auto', autocomplete: 'nickname', autocapitalize: 'words', spellcheck: 'false',
      required: true, 'aria-describedby': error, enterkeyhint: 'go',
    });
    this.#input.value = options.name;
    this.#error = element('p', { class: 'field__error', id: error, role: 'alert' });
    this.#button = element('button', { class: `button${options.isMain ? ' button--primary' : ''}` }, options.button);
    const label = element('label', { class: 'field__label', for: input }, t('sign_in.name'));
    this.element = element('form', { class: options.class, novalidate: true, onsubmit: (event) => void this.#submit(event) },
      element('div', { class: 'field' }, label, this.#input, this.#error), this.#button);
    this.#input.addEventListener('input', () => this.#showError(''));
  }

  focus() {
    this.#input.focus();
    this.#input.select();
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const { t } = this.#context;
    const name = this.#input.value.trim();
    if (name === '') return this.#showError(t('error.empty_name'));
    if ([...name].length > LONGEST_NAME) return this.#showError(t('error.name'));
    this.#button.disabled = true;
    try {
      await this.#options.submit(name);
    } catch (error) {
      this.#showError(this.#words(/** @type {Partial<import('../types.js').ChatErrorShape>} */ (error)));
    } finally {
      this.#button.disabled = false;
    }
    return undefined;
  }

  /** @param {Partial<import('../types.js').ChatErrorShape>} error */
  #words({ code, retry_after: seconds = 1 }) {
    const { t } = this.#context;
    if (code === 'taken' || code === 'offline') return t(`error.${code}`);
    if (code === 'rate_limited') return t('error.rate_limited', { count: Math.ceil(seconds) });
    return t(code === 'bad_request' || code === 'too_long' ? 'error.name' : 'error.unknown');
  }

  /** @param {string} words */
  #showError(words) {
    setText(this.#error, words);
    setAttribute(this.#input, 'aria-invalid', words ? 'true' : null);
    if (words) this.#input.focus();
    return undefined;
  }
}
